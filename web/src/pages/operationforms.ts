// Forms of operations: which there are for whom, and what stands in them.
import type { PageAction, PluginPage, PluginRow } from '../api/pagetypes';
import { t, word } from '../lib/i18n';
import { presets, type Json, type Schema } from '../lib/schema';

// Who may not do an operation gets no schema of it, and no button.
export const mayDo = (page: PluginPage, operation: string | undefined) => operation !== undefined && page.schemas !== undefined && operation in page.schemas;

// What a person fills in: which rows are meant is known, and what the page gives itself.
export function formSchema(page: PluginPage, { operation, ids, above, arguments: given }: { operation?: string | undefined; ids?: string; above?: string; arguments?: Json }): Schema {
  const schema = page.schemas?.[operation ?? ''] ?? {};
  const known = new Set(['id', ids ?? 'ids', ...(above ? [above] : []), ...Object.keys(given ?? {})]);
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !known.has(name)));
  return { ...schema, type: 'object', properties, required: (schema.required ?? []).filter((name) => !known.has(name)) };
}

// What an action calls; a task calls nothing.
export const operationOf = (action: PageAction) => action.operation ?? action.download;

// What the form of an action does not ask for: the rows it is about, and what the page itself says.
export function fixedArguments(action: PageAction, ids: string[] | undefined, above?: string): Json {
  const rows = action.on === 'row' ? { [action.ids ?? 'id']: ids?.[0] } : ids ? { [action.ids ?? 'ids']: ids } : {};
  return { ...action.arguments, ...rows, ...(action.above ? { [action.above]: above } : {}) };
}

// A form with the device list in it has an address of its own: the list keeps its filter there.
export const hasDeviceList = (schema: Schema) => Object.values(schema.properties ?? {}).some((one) => one.items?.['x-page'] === '/devices');

export const createTitle = (page: PluginPage) => (page.create?.title ? word(page.create.title) : t('plugin.add'));

export const needsForm = (schema: Schema) => Object.keys(schema.properties ?? {}).length > 0;

// The key in "data:eq:7", which says what a list stands below.
export const keyAbove = (below: string | null | undefined) => (below ? below.slice(below.indexOf(':eq:') + ':eq:'.length) : undefined);

// What stands below a row is only done there.
export const isHere = (action: PageAction, above: string | undefined) => action.above === undefined || above !== undefined;

// What a form shows of a row: the members of the same names, devices by their id.
export function valuesOfRow(schema: Schema, row: PluginRow): Json {
  const known = Object.keys(schema.properties ?? {}).flatMap((name) => {
    const value = row[name];
    const isFlag = schema.properties?.[name]?.type === 'boolean';
    return value === null || value === undefined ? [] : [[name, isFlag ? value === true || value === 'yes' : typeof value === 'object' ? value.id : value] as const];
  });
  return { ...presets(schema), ...Object.fromEntries(known) };
}
