// A field whose value is the key of a row, or of several: chosen among those of a list by what they
// are called.
import type { ComponentChildren } from 'preact';
import { useResource } from '../api/resource';
import type { Page } from '../api/types';
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

function OneRow({ id, spec, path, value, error, onChange, cautions }: RowFieldProps) {
  const rows = useResource<Page<Row>>(path, true);
  if (rows.error !== undefined) { // who may not see the list can still say what it is
    return <Field id={id} spec={{ ...spec, type: 'text' }} value={value} error={error} onChange={onChange} />;
  }
  const known = (rows.data?.items ?? []).map((row) => ({ value: row.id, label: rowLabel(row) }));
  const chosen = String(value);
  const gone = rows.data && chosen !== '' && !known.some((row) => row.value === chosen) ? [{ value: chosen, label: chosen }] : [];
  const none = spec.required && chosen !== '' ? [] : [{ value: '', label: '–' }];
  return (
    <>
      <Field id={id} spec={{ ...spec, type: 'select', options: [...none, ...known, ...gone] }} value={value} error={error} onChange={onChange} />
      {cautions?.(rows.data?.items.find((row) => row.id === value) ?? {})}
    </>
  );
}
