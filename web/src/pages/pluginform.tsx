// Something new of a plugin's list: a form made from the schema of the operation that makes it.
import { useMemo } from 'preact/hooks';
import { t } from '../lib/i18n';
import { navigate } from '../lib/router';
import { presets } from '../lib/schema';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Empty } from '../parts/message';
import { pageTitle, type PageEntry } from '../shell/pages';
import type { PageCall } from '../api/pagetypes';
import { createTitle, formSchema, mayDo } from './operationforms';
import { argumentsField, argumentsOf, callOperation } from './operations';
import { WithPage } from './pluginpage';

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
