// Forms of operations: which there are for whom, and what stands in them.
import type { PageAction, PluginPage, PluginRow } from '../api/pagetypes';
import { t, word } from '../lib/i18n';
import { presets, type Json, type Schema } from '../lib/schema';

// Who may not do an operation gets no schema of it, and no button.
export const mayDo = (page: PluginPage, operation: string | undefined) => operation !== undefined && page.schemas !== undefined && operation in page.schemas;

// What a person fills in: which rows are meant is known, and what the page gives itself.
export function formSchema(page: PluginPage, { operation, ids, arguments: given }: { operation?: string | undefined; ids?: string; arguments?: Json }): Schema {
  const schema = page.schemas?.[operation ?? ''] ?? {};
  const known = new Set(['id', ids ?? 'ids', ...Object.keys(given ?? {})]);
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !known.has(name)));
  return { ...schema, type: 'object', properties, required: (schema.required ?? []).filter((name) => !known.has(name)) };
}

// What an action calls; a task calls nothing.
export const operationOf = (action: PageAction) => action.operation ?? action.download;

// What the form of an action does not ask for: the rows it is about, and what the page itself says.
export function fixedArguments(action: PageAction, ids: string[] | undefined): Json {
  const rows = action.on === 'row' ? { [action.ids ?? 'id']: ids?.[0] } : ids ? { [action.ids ?? 'ids']: ids } : {};
  return { ...action.arguments, ...rows };
}

export const createTitle = (page: PluginPage) => (page.create?.title ? word(page.create.title) : t('plugin.add'));

export const needsForm = (schema: Schema) => Object.keys(schema.properties ?? {}).length > 0;

// What a form shows of a row: the members of the same names, devices by their id.
export function valuesOfRow(schema: Schema, row: PluginRow): Json {
  const known = Object.keys(schema.properties ?? {}).flatMap((name) => {
    const value = row[name];
    return value === null || value === undefined ? [] : [[name, typeof value === 'object' ? value.id : value] as const];
  });
  return { ...presets(schema), ...Object.fromEntries(known) };
}
