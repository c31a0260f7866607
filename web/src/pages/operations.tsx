// What plugins' pages do: operations with a form made from the schema of their arguments, tasks for the
// devices of rows.
import { post } from '../api/http';
import type { PageAction, PluginPage, PluginRow } from '../api/pagetypes';
import { bytesFrom } from '../lib/base64';
import { t, word } from '../lib/i18n';
import { navigate } from '../lib/router';
import { saveFile } from '../lib/save';
import { presets, tidy, type Json, type Schema } from '../lib/schema';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import { Form } from '../parts/form';
import { withoutEmptyLines } from '../parts/schemaform';
import { toast } from '../parts/toast';
import { fixedArguments, formSchema, hasDeviceList, needsForm, operationOf, valuesOfRow } from './operationforms';
import { schemaField } from './settingsfield';
import { handOver } from './taskkinds';

export function argumentsField(operation: string, schema: Schema, title: string) {
  return schemaField({ name: 'arguments', label: title, kind: operation, schema, pointer: '' });
}

export const argumentsOf = (schema: Schema, value: unknown) => tidy(schema, withoutEmptyLines(schema, value as Json)) as Json;

export async function callOperation(operation: string, body: Json, title: string): Promise<void> {
  const { data } = await post<{ run?: unknown } | undefined>(`/operations/${operation}`, body);
  const run = data?.run;
  const watch = typeof run === 'string' ? { link: { href: `/runs/${run}`, text: t('run.watch') } } : {};
  toast(t('plugin.did', { action: title }), watch);
}

interface Download {
  name: string;
  type: string;
  base64: string;
}

export async function callAction(action: PageAction, body: Json, title: string): Promise<void> {
  if (action.download) {
    const { data } = await post<Download>(`/operations/${action.download}`, body);
    saveFile([bytesFrom(data.base64)], data.type, data.name);
  } else {
    await callOperation(action.operation ?? '', body, title);
  }
}

// An action on rows (`ids`) or on the page; gives false when it was not confirmed. `ask` draws the form.
export async function act(page: PluginPage, action: PageAction, ids: string[] | undefined, ask: (action: PageAction, ids: string[] | undefined) => void | Promise<void>, above?: string): Promise<boolean> {
  const title = word(action.title);
  const schema = formSchema(page, { ...action, operation: operationOf(action) });
  if (operationOf(action) && hasDeviceList(schema) && (ids === undefined || action.on === 'row')) {
    const of = new URLSearchParams({ ...(above === undefined ? {} : { above }), ...(ids?.[0] === undefined ? {} : { row: ids[0] }) });
    await navigate(`/p/${encodeURIComponent(page.plugin)}/${encodeURIComponent(page.id)}/do/${action.id}?${of}`);
    return false;
  }
  if (operationOf(action) && needsForm(schema)) {
    await ask(action, ids);
    return false;
  }
  if (action.confirm && !(await confirm({ title, text: word(action.confirm), action: title }))) {
    return false;
  }
  await callAction(action, fixedArguments(action, ids, above), title);
  return true;
}

// A task of a kind for devices, with its own form.
export function toTask(kind: string, devices: string[]): Promise<void> {
  const more = devices.length > 0 ? `&devices=${handOver([...new Set(devices)])}` : '';
  return navigate(`/tasks/new?kind=${encodeURIComponent(kind)}${more}`);
}

interface ActionDialogProps {
  page: PluginPage;
  action: PageAction;
  ids: string[] | undefined;
  above?: string | undefined; // the row that the list stands below
  row?: PluginRow | undefined; // that the form begins with
  onClose: () => void;
  onDone: () => void;
}

export function ActionDialog({ page, action, ids, above, row, onClose, onDone }: ActionDialogProps) {
  const operation = operationOf(action) ?? '';
  const schema = formSchema(page, { ...action, operation });
  const title = word(action.title);
  return (
    <Dialog title={title} onClose={onClose}>
      {action.confirm && <p>{word(action.confirm)}</p>}
      <Form
        fields={[argumentsField(operation, schema, title)]}
        values={{ arguments: row ? valuesOfRow(schema, row) : presets(schema) }}
        submit={title}
        onCancel={onClose}
        onSubmit={async (values) => {
          await callAction(action, { ...argumentsOf(schema, values['arguments']), ...fixedArguments(action, ids, above) }, title);
          onClose();
          onDone();
        }}
      />
    </Dialog>
  );
}
