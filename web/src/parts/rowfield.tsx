// A field whose value is the key of a row, or of several: chosen among those of a list by what they
// are called.
import type { ComponentChildren } from 'preact';
import { useResource } from '../api/resource';
import type { Page } from '../api/types';
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

export function RowField({ id, spec, path, several, value, error, onChange, cautions }: RowFieldProps) {
  const rows = useResource<Page<Row>>(path, true);
  if (rows.error !== undefined) { // who may not see the list can still say what it is
    return <Field id={id} spec={{ ...spec, type: several ? 'lines' : 'text' }} value={several && Array.isArray(value) ? value.join('\n') : value} error={error} onChange={onChange} />;
  }
  const known = (rows.data?.items ?? []).map((row) => ({ value: row.id, label: rowLabel(row) }));
  const chosen = (Array.isArray(value) ? value : [String(value)]).filter((one) => one !== '');
  const gone = rows.data ? chosen.filter((one) => !known.some((row) => row.value === one)).map((one) => ({ value: one, label: one })) : [];
  const none = several || (spec.required && chosen.length > 0) ? [] : [{ value: '', label: '–' }];
  return (
    <>
      <Field id={id} spec={{ ...spec, type: several ? 'choices' : 'select', options: [...none, ...known, ...gone] }} value={value} error={error} onChange={onChange} />
      {cautions?.(rows.data?.items.find((row) => !several && row.id === value) ?? {})}
    </>
  );
}
