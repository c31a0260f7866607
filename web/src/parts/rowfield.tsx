// A field whose value is the key of a row, or of several: chosen among those of a list by what they
// are called.
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useResource } from '../api/resource';
import type { Page } from '../api/types';
import { t } from '../lib/i18n';
import { ChosenFrom } from '../pages/chosenfrom';
import { Field, type FieldSpec, type FormValue } from './field';

type Row = { id: string } & Record<string, unknown>;
const MOST = 200;

// "notes" is a page of the plugin whose kind or operation this is ("hello.greet"), "/groups" a list of Platen's.
export const rowsPath = (kind: string, page: string) => `${page.startsWith('/') ? page : `/${kind.split('.')[0] ?? ''}/${page}`}?size=${MOST}`;

// By its name; the rows of plugins by their first column.
export function rowLabel(row: Row): string {
  const { id, name, ...others } = row;
  const first = Object.values(others).find((value) => typeof value === 'string' && value !== '');
  return String(name ?? first ?? id);
}

interface RowFieldProps {
  id: string;
  spec: FieldSpec;
  path: string;
  several: boolean;
  value: FormValue;
  error: string | undefined;
  onChange: (value: FormValue) => void;
  cautions?: (row: Record<string, unknown>) => ComponentChildren; // below the field, by the chosen row
}

export function RowField(props: RowFieldProps) {
  return props.several ? <ChosenFrom {...props} path={props.path.replace(/[?].*/, '')} value={Array.isArray(props.value) ? props.value : []} /> : <OneRow {...props} />;
}

// The list's first page may not have the chosen row: the server is asked for that one alone.
function useChosen(path: string, chosen: string, rows: Page<Row> | undefined): Row | undefined {
  const listed = rows?.items.find((row) => row.id === chosen);
  const own = rows && chosen !== '' && !listed ? `${path.replace(/[?].*/, '')}/${encodeURIComponent(chosen)}` : null;
  const alone = useResource<Row>(own);
  return listed ?? alone.data;
}

function Find({ label, onFind }: { label: string; onFind: (text: string) => void }) {
  const timer = useRef(0);
  const later = (text: string) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onFind(text.trim()), 300);
  };
  return (
    <input
      type="search"
      aria-label={`${t('filter.search')}: ${label}`}
      placeholder={t('filter.search')}
      onInput={(event) => later((event.target as HTMLInputElement).value)}
      onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
    />
  );
}

function OneRow({ id, spec, path, value, error, onChange, cautions }: RowFieldProps) {
  const [find, setFind] = useState('');
  const rows = useResource<Page<Row>>(find === '' ? path : `${path}&q=${encodeURIComponent(find)}`, true);
  const chosen = String(value);
  const row = useChosen(path, chosen, rows.data);
  if (rows.error !== undefined) { // who may not see the list can still say what it is
    return <Field id={id} spec={{ ...spec, type: 'text' }} value={value} error={error} onChange={onChange} />;
  }
  const listed = (rows.data?.items ?? []).map((one) => ({ value: one.id, label: rowLabel(one) }));
  const further = rows.data && chosen !== '' && !listed.some((one) => one.value === chosen) ? [{ value: chosen, label: row ? rowLabel(row) : chosen }] : [];
  const none = spec.required && chosen !== '' ? [] : [{ value: '', label: '–' }];
  return (
    <>
      {(find !== '' || (rows.data?.total ?? 0) > MOST) && <Find label={spec.label} onFind={setFind} />}
      <Field id={id} spec={{ ...spec, type: 'select', options: [...none, ...listed, ...further] }} value={value} error={error} onChange={onChange} />
      {cautions?.(row ?? {})}
    </>
  );
}
