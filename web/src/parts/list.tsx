// The list: filter, sort and pages by the server, columns of the user's choice, a selection with
// actions, export of what is seen. Rows never jump while one reads: changes are counted and a click
// shows them.
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useEvent, type EventMap } from '../api/events';
import { useResource, type Resource } from '../api/resource';
import { keep, settings } from '../api/session';
import type { Page } from '../api/types';
import { formatNumber } from '../lib/format';
import { formatList, nextSort, pageSizes, parseCondition } from '../lib/filter';
import { useChange } from '../lib/change';
import { t, tn } from '../lib/i18n';
import { useStore } from '../lib/store';
import { chosenColumns, ColumnChooser, type Column } from './columns';
import { ExportMenu } from './export';
import { FilterBar } from './filterbar';
import type { FilterField } from './filterfield';
import { Icon } from './icons';
import { useListPlace } from './liststate';
import { Failed, Waiting } from './message';
import { Selection, SelectionBar, type SelectionAction } from './selection';
import { Views } from './views';

export interface ListProps<T> {
  id: string; // of the list, under which columns and views are kept: "devices"
  label: string;
  path: string; // of the resource: "/devices"
  only?: string; // a condition that always holds, as in an address: "user:eq:anna"
  columns: Column<T>[];
  rowId: (row: T) => string;
  rowClass?: (row: T) => string | undefined;
  sort?: string;
  filters?: FilterField[];
  searchLabel?: string; // the list can be searched by plain typing
  fields?: boolean; // asks the server only for the members that the columns need
  empty: ComponentChildren; // when there is nothing at all
  actions?: SelectionAction[];
  toolbar?: ComponentChildren;
  live?: LiveRule<T>[];
  views?: boolean;
  onData?: (resource: Resource<Page<T>>) => void;
}

// How an event touches the list: a row that it brings up to date in place, or ids that changed.
export interface LiveRule<T, N extends keyof EventMap = keyof EventMap> {
  event: N;
  changed?: (data: never, shown: Page<T>) => string[];
  count?: (data: never, shown: Page<T>) => number; // of changes in all, where single ids say nothing
  merge?: (data: never, shown: Page<T>) => Page<T> | undefined;
}

function useLive<T>(props: ListProps<T>, resource: Resource<Page<T>>): [number, () => void] {
  const [changed, setChanged] = useState<Set<string>>(new Set());
  const [counted, setCounted] = useState(0);
  const { data } = resource;
  const clear = () => {
    setChanged(new Set());
    setCounted(0);
  };
  useChange(clear, [data?.page, data?.total, props.path]);
  const hear = (event: keyof EventMap, payload: unknown) => {
    for (const rule of props.live ?? []) {
      if (rule.event !== event || !data) {
        continue;
      }
      const merged = rule.merge?.(payload as never, data);
      if (merged) {
        resource.change(() => merged);
        continue;
      }
      const count = rule.count?.(payload as never, data);
      if (count !== undefined) {
        setCounted(count);
      }
      const ids = rule.changed?.(payload as never, data) ?? [];
      if (ids.length > 0) {
        setChanged((old) => new Set([...old, ...ids]));
      }
    }
  };
  useEvent('device', (payload) => hear('device', payload));
  useEvent('run', (payload) => hear('run', payload));
  useEvent('target-result', (payload) => hear('target-result', payload));
  useEvent('alert', (payload) => hear('alert', payload));
  useEvent('reset', () => props.live && resource.reload());
  const refresh = () => {
    clear();
    resource.reload();
  };
  return [changed.size + counted, refresh];
}

export function List<T>(props: ListProps<T>) {
  const { columns, rowId } = props;
  const kept = useStore(settings);
  const sizeKept = Number(kept[`size.${props.id}`] ?? 50);
  const place = useListPlace({ sort: props.sort ?? '', size: pageSizes.includes(sizeKept) ? sizeKept : 50 });
  const { state } = place;
  const shown = chosenColumns(columns, kept[`columns.${props.id}`]);
  const fields = shown.flatMap((c) => c.fields ?? [c.id]).join(',');
  const always = props.only ? parseCondition(props.only) : undefined;
  const scope = useMemo(() => (always ? { ...state, conditions: [...state.conditions, always] } : state), [state, props.only]);
  const query = useMemo(() => {
    const wanted = formatList(scope, {}, true);
    if (props.fields) {
      wanted.set('fields', fields);
    }
    return wanted.toString();
  }, [scope, fields, props.fields]);
  const resource = useResource<Page<T>>(`${props.path}?${query}`, true);
  const { data } = resource;
  const [selection, setSelection] = useState(new Selection());
  const [changes, refresh] = useLive(props, resource);
  const filtered = state.conditions.length > 0 || state.q !== '';
  useChange(() => setSelection(new Selection()), [props.path, place.query]);
  useEffect(() => {
    props.onData?.(resource);
  }, [data]);

  const rows = data?.items ?? [];
  const pages = data ? Math.max(1, Math.ceil(data.total / state.size)) : 1;
  const ids = rows.map(rowId);

  return (
    <div class="list">
      <div class="list-tools">
        {props.filters && (
          <FilterBar
            fields={props.filters}
            conditions={state.conditions}
            onChange={(conditions) => place.go({ conditions })}
            q={state.q}
            {...(props.searchLabel
              ? { searchLabel: props.searchLabel, onSearch: (q: string) => q !== state.q && place.go({ q }) }
              : {})}
          />
        )}
        <div class="list-buttons">
          {changes > 0 && (
            <button type="button" class="button soft" onClick={refresh}>
              <Icon name="refresh" />
              {tn('list.changes', changes)}
            </button>
          )}
          {props.toolbar}
          {props.views && <Views id={props.id} query={place.query} />}
          <ColumnChooser
            columns={columns}
            shown={shown}
            onChange={(next) => void keep(`columns.${props.id}`, next)}
          />
          <ExportMenu name={props.id} path={props.path} state={scope} columns={shown} fields={props.fields ?? false} />
          <button type="button" class="button plain" onClick={refresh} title={t('action.refresh')} aria-label={t('action.refresh')}>
            <Icon name="refresh" />
          </button>
        </div>
      </div>
      {props.actions && selection.count(data?.total ?? 0) > 0 && (
        <SelectionBar
          selection={selection}
          onChange={setSelection}
          pageIds={ids}
          total={data?.total ?? 0}
          actions={props.actions}
          path={props.path}
          state={scope}
        />
      )}
      {resource.error !== undefined && <Failed error={resource.error} retry={resource.reload} />}
      {!data && resource.error === undefined && <Waiting />}
      {data && rows.length === 0 && !filtered && props.empty}
      {data && rows.length === 0 && filtered && (
        <div class="empty">
          <p class="empty-title">{t('list.no_match')}</p>
          <a class="button" href={place.href({ conditions: [], q: '' })}>
            {t('filter.reset')}
          </a>
        </div>
      )}
      {rows.length > 0 && (
        <div class="table-wrap" data-scroll={props.id} tabIndex={0} role="region" aria-label={props.label}>
          <table class={resource.loading ? 'table stale' : 'table'} role="table">
            <caption class="hidden">{props.label}</caption>
            <thead role="rowgroup">
              <tr role="row">
                {props.actions && (
                  <th scope="col" role="columnheader" class="pick">
                    <input
                      type="checkbox"
                      aria-label={t('list.select_page')}
                      checked={ids.every((id) => selection.has(id))}
                      onChange={(event) => setSelection(selection.withAll(ids, (event.target as HTMLInputElement).checked))}
                    />
                  </th>
                )}
                {shown.map((column) => (
                  <Heading key={column.id} column={column} sort={state.sort} href={place.href} />
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {rows.map((row) => {
                const id = rowId(row);
                return (
                  <tr role="row" key={id} class={selection.has(id) ? 'picked' : props.rowClass?.(row)}>
                    {props.actions && (
                      <td role="cell" class="pick">
                        <input
                          type="checkbox"
                          aria-label={t('list.select_row', { id: columns.find((c) => c.head)?.text?.(row) ?? id })}
                          checked={selection.has(id)}
                          onChange={(event) => setSelection(selection.with(id, (event.target as HTMLInputElement).checked, ids))}
                        />
                      </td>
                    )}
                    {shown.map((column) => (
                      <Cell key={column.id} column={column} row={row} />
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {data && data.total > 0 && (
        <Pager page={state.page} pages={pages} size={state.size} shown={rows.length} total={data.total} href={place.href}
          onSize={(size) => {
            void keep(`size.${props.id}`, size);
            place.go({ size });
          }}
        />
      )}
    </div>
  );
}

interface HeadingProps<T> {
  column: Column<T>;
  sort: string;
  href: (change: { sort: string }) => string;
}

function Heading<T>({ column, sort, href }: HeadingProps<T>) {
  const own = column.sort;
  const first = sort.split(',')[0];
  const direction = own && first === own ? 'ascending' : own && first === `-${own}` ? 'descending' : undefined;
  return (
    <th
      scope="col"
      role="columnheader"
      class={column.number ? 'number' : undefined}
      aria-sort={own ? (direction ?? 'none') : undefined}
    >
      {own ? (
        <a href={href({ sort: nextSort(first ?? '', own) })}>
          {column.label}
          {direction && <Icon name={direction === 'ascending' ? 'up' : 'down'} />}
        </a>
      ) : (
        column.label
      )}
    </th>
  );
}

const WRAPS = 32; // characters: a shorter text needs no room to wrap in

function Cell<T>({ column, row }: { column: Column<T>; row: T }) {
  const wide = column.wide === true && (column.text?.(row).length ?? WRAPS) >= WRAPS;
  const classes = [column.number ? 'number' : '', wide ? 'wide' : '', column.narrow || column.head ? '' : 'roomy']
    .filter(Boolean)
    .join(' ');
  if (column.head) {
    return (
      <th scope="row" role="rowheader" class={classes || undefined}>
        {column.cell(row)}
      </th>
    );
  }
  return (
    <td role="cell" class={classes || undefined} data-label={column.label}>
      {column.cell(row)}
    </td>
  );
}

interface PagerProps {
  page: number;
  pages: number;
  size: number;
  shown: number;
  total: number;
  href: (change: { page: number }) => string;
  onSize: (size: number) => void;
}

function Pager({ page, pages, size, shown, total, href, onSize }: PagerProps) {
  const first = (page - 1) * size + 1;
  return (
    <nav class="pager" aria-label={t('list.pages')}>
      <span role="status">{t('list.range', { first, last: first + shown - 1, total })}</span>
      <label>
        {t('list.per_page')}{' '}
        <select value={String(size)} onChange={(event) => onSize(Number((event.target as HTMLSelectElement).value))}>
          {pageSizes.map((n) => (
            <option key={n} value={String(n)}>
              {formatNumber(n)}
            </option>
          ))}
        </select>
      </label>
      <span class="pager-steps">
        {page > 1 ? (
          <a class="button" href={href({ page: page - 1 })} rel="prev">
            <Icon name="left" />
            {t('list.previous')}
          </a>
        ) : null}
        <span>{t('list.page_of', { page, pages })}</span>
        {page < pages ? (
          <a class="button" href={href({ page: page + 1 })} rel="next">
            {t('list.next')}
            <Icon name="right" />
          </a>
        ) : null}
      </span>
    </nav>
  );
}
