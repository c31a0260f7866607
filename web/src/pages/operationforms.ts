// Forms of operations: which there are for whom, and what stands in them.
import type { PageAction, PluginPage, PluginRow } from '../api/pagetypes';
import { presets, type Json, type Schema } from '../lib/schema';

// Who may not do an operation gets no schema of it, and no button.
export const mayDo = (page: PluginPage, operation: string | undefined) => operation !== undefined && page.schemas !== undefined && operation in page.schemas;

// What a person fills in: which rows are meant is known.
export function formSchema(page: PluginPage, operation: string): Schema {
  const schema = page.schemas?.[operation] ?? {};
  const { id: _id, ids: _ids, ...properties } = schema.properties ?? {};
  return { ...schema, type: 'object', properties, required: (schema.required ?? []).filter((name) => name !== 'id' && name !== 'ids') };
}

// What an action calls; a task calls nothing.
export const operationOf = (action: PageAction) => action.operation ?? action.download;

// Which rows an action is about, as its operation is told.
export function rowsOf(action: PageAction, ids: string[] | undefined): Json {
  return action.on === 'row' ? { id: ids?.[0] } : ids ? { ids } : {};
}

export const needsForm = (schema: Schema) => Object.keys(schema.properties ?? {}).length > 0;

// What a form shows of a row: the members of the same names, devices by their id.
export function valuesOfRow(schema: Schema, row: PluginRow): Json {
  const known = Object.keys(schema.properties ?? {}).flatMap((name) => {
    const value = row[name];
    return value === null || value === undefined ? [] : [[name, typeof value === 'object' ? value.id : value] as const];
  });
  return { ...presets(schema), ...Object.fromEntries(known) };
}
