// What plugins' pages do: operations with a form made from the schema of their arguments, tasks for the
// devices of rows.
import { post } from '../api/http';
import type { PageAction, PluginPage } from '../api/pagetypes';
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
import { fixedArguments, formSchema, needsForm, operationOf } from './operationforms';
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

async function callAction(action: PageAction, body: Json, title: string): Promise<void> {
  if (action.download) {
    const { data } = await post<Download>(`/operations/${action.download}`, body);
    saveFile([bytesFrom(data.base64)], data.type, data.name);
  } else {
    await callOperation(action.operation ?? '', body, title);
  }
}

// An action on rows (`ids`) or on the page; gives false when it was not confirmed. `ask` draws the form.
export async function act(page: PluginPage, action: PageAction, ids: string[] | undefined, ask: (action: PageAction, ids: string[] | undefined) => void): Promise<boolean> {
  const title = word(action.title);
  if (operationOf(action) && needsForm(formSchema(page, { ...action, operation: operationOf(action) }))) {
    ask(action, ids);
    return false;
  }
  if (action.confirm && !(await confirm({ title, text: word(action.confirm), action: title }))) {
    return false;
  }
  await callAction(action, fixedArguments(action, ids), title);
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
  onClose: () => void;
  onDone: () => void;
}

export function ActionDialog({ page, action, ids, onClose, onDone }: ActionDialogProps) {
  const operation = operationOf(action) ?? '';
  const schema = formSchema(page, { ...action, operation });
  const title = word(action.title);
  return (
    <Dialog title={title} onClose={onClose}>
      {action.confirm && <p>{word(action.confirm)}</p>}
      <Form
        fields={[argumentsField(operation, schema, title)]}
        values={{ arguments: presets(schema) }}
        submit={title}
        onCancel={onClose}
        onSubmit={async (values) => {
          await callAction(action, { ...argumentsOf(schema, values['arguments']), ...fixedArguments(action, ids) }, title);
          onClose();
          onDone();
        }}
      />
    </Dialog>
  );
}
