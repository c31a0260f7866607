// Something new of a plugin's list: a form made from the schema of the operation that makes it.
import { useMemo } from 'preact/hooks';
import { t, word } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { presets } from '../lib/schema';
import { useStore } from '../lib/store';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Empty } from '../parts/message';
import { pages, pageTitle, type PageEntry } from '../shell/pages';
import type { PageAction, PageCall } from '../api/pagetypes';
import { createTitle, fixedArguments, formSchema, mayDo, operationOf } from './operationforms';
import { argumentsField, argumentsOf, callAction, callOperation } from './operations';
import { rowHref, WithPage } from './pluginpage';

function Create({ page, call }: { page: PageEntry; call: PageCall }) {
  const { operation } = call;
  const schema = formSchema(page, call);
  const title = createTitle(page);
  const values = useMemo(() => ({ arguments: presets(schema) }), [page, operation]);
  return (
    <section class="card">
      <Form
        fields={[argumentsField(operation, schema, title)]}
        values={values}
        submit={title}
        onCancel={() => void navigate(page.href)}
        onSubmit={async (now) => {
          await callOperation(operation, { ...argumentsOf(schema, now['arguments']), ...call.arguments }, title);
          await navigate(page.href, true);
        }}
      />
    </section>
  );
}

export function PluginFormPage({ plugin, id }: { plugin: string; id: string }) {
  return (
    <WithPage plugin={plugin} id={id}>
      {(page) => {
        const call = page.create;
        return (
          <div class="page narrow-page">
            <Head title={createTitle(page)} back={{ href: page.href, text: pageTitle(page) }} />
            {call && mayDo(page, call.operation) ? <Create page={page} call={call} /> : <Empty title={t('page.forbidden')} />}
          </div>
        );
      }}
    </WithPage>
  );
}

// Where an action was begun: at a row, below one, or at the list.
function useOrigin(page: PageEntry) {
  const all = useStore(pages) ?? [];
  const { query } = usePlace();
  const row = query.get('row') ?? undefined;
  const above = query.get('above') ?? undefined;
  const parent = all.find((one) => one.plugin === page.plugin && one.detail?.lists?.some((list) => list.page === page.id));
  const back = row !== undefined ? rowHref(page, row) : above !== undefined && parent ? `${rowHref(parent, above)}?tab=${encodeURIComponent(page.id)}` : page.href;
  return { ids: row === undefined ? undefined : [row], above, back };
}

function Do({ page, action, origin }: { page: PageEntry; action: PageAction; origin: ReturnType<typeof useOrigin> }) {
  const { ids, above, back } = origin;
  const operation = operationOf(action) ?? '';
  const schema = formSchema(page, { ...action, operation });
  const title = word(action.title);
  const values = useMemo(() => ({ arguments: presets(schema) }), [page, action]);
  const here = location.pathname;
  return (
    <section class="card">
      <Form
        fields={[argumentsField(operation, schema, title)]}
        values={values}
        submit={title}
        stays={(to) => to.pathname === here}
        onCancel={() => void navigate(back)}
        onSubmit={async (now) => {
          await callAction(action, { ...argumentsOf(schema, now['arguments']), ...fixedArguments(action, ids, above) }, title);
          await navigate(back, true);
        }}
      />
    </section>
  );
}

function ActionPage({ page, id }: { page: PageEntry; id: string }) {
  const origin = useOrigin(page);
  const action = page.actions?.find((one) => one.id === id);
  return (
    <div class="page narrow-page">
      <Head title={action ? word(action.title) : pageTitle(page)} back={{ href: origin.back, text: pageTitle(page) }} />
      {action && mayDo(page, operationOf(action)) ? <Do page={page} action={action} origin={origin} /> : <Empty title={t('page.forbidden')} />}
    </div>
  );
}

export function PluginActionPage({ plugin, id, action }: { plugin: string; id: string; action: string }) {
  return (
    <WithPage plugin={plugin} id={id}>
      {(page) => <ActionPage page={page} id={action} />}
    </WithPage>
  );
}
