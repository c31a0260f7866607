// Something new of a plugin's list: a form made from the schema of the operation that makes it.
import { useMemo } from 'preact/hooks';
import { t } from '../lib/i18n';
import { navigate } from '../lib/router';
import { presets } from '../lib/schema';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Empty } from '../parts/message';
import { pageTitle, type PageEntry } from '../shell/pages';
import { formSchema, mayDo } from './operationforms';
import { argumentsField, argumentsOf, callOperation } from './operations';
import { WithPage } from './pluginpage';

function Create({ page, operation }: { page: PageEntry; operation: string }) {
  const schema = formSchema(page, operation);
  const title = t('plugin.add');
  const values = useMemo(() => ({ arguments: presets(schema) }), [page, operation]);
  return (
    <section class="card">
      <Form
        fields={[argumentsField(operation, schema, title)]}
        values={values}
        submit={title}
        onCancel={() => void navigate(page.href)}
        onSubmit={async (now) => {
          await callOperation(operation, argumentsOf(schema, now['arguments']), title);
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
        const operation = page.create?.operation;
        return (
          <div class="page narrow-page">
            <Head title={t('plugin.add')} back={{ href: page.href, text: pageTitle(page) }} />
            {operation && mayDo(page, operation) ? <Create page={page} operation={operation} /> : <Empty title={t('page.forbidden')} />}
          </div>
        );
      }}
    </WithPage>
  );
}
