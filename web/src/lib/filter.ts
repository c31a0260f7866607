// The state of a list as its address and the API write it: f=field:op:value, sort, q, page, size.
export const operators = [
  'eq',
  'ne',
  'begins',
  'ends',
  'contains',
  'in',
  'lt',
  'le',
  'gt',
  'ge',
  'empty',
] as const;
export type Operator = (typeof operators)[number];

export interface Condition {
  field: string;
  op: Operator;
  value: string;
}

export interface ListState {
  conditions: Condition[];
  q: string;
  sort: string;
  page: number;
  size: number;
}

export const pageSizes = [25, 50, 100, 200];

export function parseCondition(text: string): Condition | undefined {
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  if (first < 1 || second < 0) {
    return undefined;
  }
  const op = text.slice(first + 1, second);
  const known = operators.find((o) => o === op);
  return known
    ? { field: text.slice(0, first), op: known, value: text.slice(second + 1) }
    : undefined;
}

export function formatCondition(c: Condition): string {
  return `${c.field}:${c.op}:${c.value}`;
}

function whole(text: string | null, fallback: number): number {
  const value = Number(text);
  return text && Number.isInteger(value) && value > 0 ? value : fallback;
}

export function parseList(query: URLSearchParams, defaults: Partial<ListState> = {}): ListState {
  const conditions: Condition[] = [];
  for (const text of query.getAll('f')) {
    const condition = parseCondition(text);
    if (condition) {
      conditions.push(condition);
    }
  }
  return {
    conditions,
    q: query.get('q') ?? '',
    sort: query.get('sort') ?? defaults.sort ?? '',
    page: whole(query.get('page'), 1),
    size: Math.min(200, whole(query.get('size'), defaults.size ?? 50)),
  };
}

// What differs from the defaults; `all` writes page and size in any case, as the API wants them.
export function formatList(
  state: ListState,
  defaults: Partial<ListState> = {},
  all = false,
): URLSearchParams {
  const query = new URLSearchParams();
  for (const condition of state.conditions) {
    query.append('f', formatCondition(condition));
  }
  if (state.q) {
    query.set('q', state.q);
  }
  if (state.sort && (all || state.sort !== defaults.sort)) {
    query.set('sort', state.sort);
  }
  if (all || state.page > 1) {
    query.set('page', String(state.page));
  }
  if (all || state.size !== (defaults.size ?? 50)) {
    query.set('size', String(state.size));
  }
  return query;
}

// Conditions by field, in the order in which the fields appear first.
export function byField(conditions: Condition[]): [string, Condition[]][] {
  const groups = new Map<string, Condition[]>();
  for (const condition of conditions) {
    const group = groups.get(condition.field);
    if (group) {
      group.push(condition);
    } else {
      groups.set(condition.field, [condition]);
    }
  }
  return [...groups];
}

// Puts new conditions in the place of all conditions of one field.
export function replaceField(all: Condition[], field: string, fresh: Condition[]): Condition[] {
  const at = all.findIndex((c) => c.field === field);
  const others = all.filter((c) => c.field !== field);
  const place = at < 0 ? others.length : all.slice(0, at).filter((c) => c.field !== field).length;
  return [...others.slice(0, place), ...fresh, ...others.slice(place)];
}

// A click on a column heading: ascending, descending, the list's own order.
export function nextSort(current: string, field: string): string {
  if (current === field) {
    return `-${field}`;
  }
  return current === `-${field}` ? '' : field;
}
