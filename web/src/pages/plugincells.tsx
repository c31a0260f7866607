// A page's columns as a list draws, filters and exports them; a column's type is all that is known of
// it.
import type { ComponentChildren } from 'preact';
import type { CellValue, PageColumn, PluginPage, PluginRow } from '../api/pagetypes';
import { formatNumber, formatPercent, formatTime } from '../lib/format';
import { addedWord, t, word } from '../lib/i18n';
import type { Column } from '../parts/columns';
import type { FilterField } from '../parts/filterfield';
import { ToneStatus } from '../parts/status';
import { Time } from '../parts/time';

export const choiceTitle = (column: PageColumn, value: string) => addedWord(`${column.title}.${value}`) ?? value;

const isEmpty = (value: CellValue) => value === null || value === undefined || value === '';

export function cellText(column: PageColumn, value: CellValue): string {
  if (isEmpty(value)) {
    return '';
  }
  if (typeof value === 'object' && value !== null) {
    return value.name;
  }
  if (typeof value === 'boolean') {
    return t(value ? 'value.yes' : 'value.no');
  }
  if (typeof value === 'number') {
    return column.type === 'percent' ? formatPercent(value) : formatNumber(value, { maximumFractionDigits: 3 });
  }
  if (column.type === 'choice') {
    return choiceTitle(column, String(value));
  }
  if (column.type === 'words') {
    return String(value).split(' ').map((one) => choiceTitle(column, one)).join(', ');
  }
  return column.type === 'time' && !Number.isNaN(Date.parse(String(value))) ? formatTime(String(value)) : String(value);
}

export function cellContent(column: PageColumn, value: CellValue): ComponentChildren {
  if (isEmpty(value)) {
    return <span class="none">–</span>;
  }
  if (typeof value === 'object' && value !== null) {
    return <a href={`/${column.type === 'group' ? 'groups' : 'devices'}/${encodeURIComponent(value.id)}`}>{value.name || value.id}</a>;
  }
  const tone = column.tones?.[String(value)];
  if (tone) {
    return <ToneStatus tone={tone}>{cellText(column, value)}</ToneStatus>;
  }
  return column.type === 'time' && typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? <Time value={value} /> : cellText(column, value);
}

// Rows that stand out, by a column of choices.
export function rowTone(list: PluginPage['list'], row: PluginRow): string | undefined {
  const column = list.columns.find((one) => one.id === list.highlight);
  const tone = column?.tones?.[String(row[column.id])];
  return tone === 'warning' || tone === 'error' ? `marked tone-${tone}` : undefined;
}

// The file has what a program reads: numbers and times as the server gives them.
function exported(column: PageColumn, value: CellValue): string {
  return column.type === 'choice' || column.type === 'words' || typeof value === 'object' ? cellText(column, value) : String(value ?? '');
}

export function columnsOf(columns: PageColumn[], href: (row: PluginRow) => string): Column<PluginRow>[] {
  return columns.map((column, index) => {
    const content = (row: PluginRow) => cellContent(column, row[column.id]);
    const first = index === 0;
    const drawn: Column<PluginRow> = {
      id: column.id,
      label: word(column.title),
      cell: first ? (row) => <a href={href(row)}>{cellText(column, row[column.id]) || row.id}</a> : content,
      text: (row) => exported(column, row[column.id]),
      head: first,
      narrow: index < 4,
      number: column.type === 'number' || column.type === 'percent',
      wide: column.type === 'text' || column.type === 'value' || column.type === 'words',
      off: column.hidden === true,
    };
    return column.sort === false || column.type === 'device' ? drawn : { ...drawn, sort: column.id };
  });
}

const filterTypes: Record<string, FilterField['type']> = { text: 'text', value: 'text', number: 'number', percent: 'number', time: 'time', choice: 'choice' };

export function filtersOf(columns: PageColumn[]): FilterField[] {
  return columns.flatMap((column) => {
    const type = filterTypes[column.type];
    const field = type && { id: column.id, label: word(column.title), type };
    return field ? [column.type === 'choice' ? { ...field, options: (column.choices ?? []).map((value) => ({ value, label: choiceTitle(column, value) })) } : field] : [];
  });
}
