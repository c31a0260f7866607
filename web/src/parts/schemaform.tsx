// A form made from a JSON Schema, so that a plugin's task kind needs no code here. Labels are those
// of the catalogue where there are some, else those of the schema, which may be keys of a plugin's catalogue.
import { Fragment, type ComponentChildren } from 'preact';
import { formatBytes } from '../lib/format';
import { addedWord, codeWord, t, word } from '../lib/i18n';
import { lines } from '../lib/ranges';
import { faults, missing, shapeOf, type Fault, type Json, type Schema, type Shape } from '../lib/schema';
import { Cautions, cautionsFor } from './cautions';
import { Field, type FieldSpec, type FormValue } from './field';
import { RowField, rowsPath } from './rowfield';

interface SchemaFormProps {
  id: string;
  kind: string; // the family of words: "device.restart"
  schema: Schema;
  value: Json;
  onChange: (value: Json) => void;
  errors: Record<string, string>; // by pointer
  at?: string; // pointer of this part
  pointer?: string; // where the whole stands: "/settings"
}

function labelOf(kind: string, at: string, name: string, schema: Schema): string {
  const path = `${at}/${name}`.slice(1).replace(/\//g, '.');
  const plain = name.replace(/_/g, ' ');
  return codeWord('setting', `${kind}.${path}`) ?? (schema.title ? word(schema.title) : undefined) ?? codeWord('setting', name) ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

function choiceWord(kind: string, name: string, schema: Schema, value: unknown): string {
  const own = `${name}.${String(value)}`;
  return codeWord('setting_value', `${kind}.${own}`) ?? (schema.title ? addedWord(`${schema.title}.${String(value)}`) : undefined) ?? codeWord('setting_value', own) ?? addedWord(String(value)) ?? String(value);
}

const fieldTypes: Record<Exclude<Shape, 'object'>, FieldSpec['type']> = {
  choice: 'select',
  text: 'text',
  secret: 'password',
  file: 'file',
  long: 'textarea',
  number: 'number',
  boolean: 'checkbox',
  choices: 'choices',
  lines: 'lines',
  json: 'code',
};

function specOf(props: SchemaFormProps, name: string, schema: Schema, shape: Exclude<Shape, 'object'>): FieldSpec {
  const { kind, at = '' } = props;
  const required = (props.schema.required?.includes(name) ?? false) && shape !== 'boolean';
  const spec: FieldSpec = { name: `${at}/${name}`, label: labelOf(kind, at, name, schema), type: fieldTypes[shape], required };
  const help = codeWord('setting_help', `${kind}.${name}`) ?? (schema.description ? word(schema.description) : undefined);
  if (help) {
    spec.help = help;
  }
  if (schema.minimum !== undefined && schema.maximum !== undefined) {
    Object.assign(spec, { min: schema.minimum, max: schema.maximum });
  }
  if (shape === 'secret') {
    spec.autocomplete = 'new-password';
  }
  if (schema.maxLength !== undefined) {
    spec.maxLength = schema.maxLength;
  }
  if (shape === 'choice') {
    const none = required ? [] : [{ value: '', label: '–' }];
    spec.options = [...none, ...(schema.enum ?? []).map((value) => ({ value: String(value), label: choiceWord(kind, name, schema, value) }))];
  }
  if (shape === 'choices') {
    spec.options = (schema.items?.enum ?? []).map((value) => ({ value: String(value), label: choiceWord(kind, name, schema, value) }));
    if (spec.options.length > 8) {
      spec.columns = 'long';
    }
  }
  return spec;
}

// As a field holds it.
function shown(shape: Shape, value: unknown): FormValue {
  switch (shape) {
    case 'boolean':
      return value === true;
    case 'choices':
      return Array.isArray(value) ? value.map(String) : [];
    case 'lines':
      return Array.isArray(value) ? value.join('\n') : '';
    case 'json':
      return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    default:
      return value === undefined || value === null ? '' : String(value);
  }
}

// As the settings hold it; what cannot be read yet stays the text that it is.
function held(schema: Schema, shape: Shape, value: FormValue): unknown {
  switch (shape) {
    case 'boolean':
    case 'text':
    case 'secret':
    case 'file':
    case 'long':
      return value === '' ? undefined : value;
    case 'choice':
      return schema.enum?.find((one) => String(one) === value);
    case 'choices':
      return schema.items?.enum?.filter((one) => (value as string[]).includes(String(one)));
    case 'lines':
      return value === '' ? undefined : String(value).split('\n');
    case 'number':
      return value === '' ? undefined : String(Number(value)) === value ? Number(value) : value;
    default:
      try {
        return value === '' ? undefined : (JSON.parse(String(value)) as unknown);
      } catch {
        return value;
      }
  }
}

const MemberCautions = ({ schema, known }: { schema: Schema; known: Json }) => {
  const all = schema['x-cautions'];
  return all ? <Cautions of={cautionsFor(all, known)} /> : null;
};

export function SchemaForm(props: SchemaFormProps): ComponentChildren {
  const { id, schema, value, onChange, errors, at = '', pointer = '' } = props;
  const set = (name: string, next: unknown) => {
    const { [name]: _, ...others } = value;
    onChange(next === undefined ? others : { ...value, [name]: next });
  };
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0 && at === '') {
    return <p class="quiet">{t('schema.none')}</p>;
  }
  return (
    <>
      {entries.map(([name, own]) => {
        const shape = shapeOf(own);
        const here = `${at}/${name}`;
        if (shape === 'object') {
          const inner = (value[name] ?? {}) as Json;
          return (
            <fieldset key={name} class="nested">
              <legend>{labelOf(props.kind, at, name, own)}</legend>
              {own.description && <p class="help">{word(own.description)}</p>}
              <SchemaForm {...props} schema={own} value={inner} at={here} onChange={(next) => set(name, next)} />
            </fieldset>
          );
        }
        const rows = own['x-page'] ?? own.items?.['x-page'];
        const error = Object.entries(errors).find(([where]) => where === pointer + here || where.startsWith(`${pointer}${here}/`))?.[1];
        const common = { id: `${id}${here.replace(/[^\w-]/g, '-')}`, spec: specOf(props, name, own, shape), error };
        if (rows !== undefined) {
          const several = own.items !== undefined;
          return (
            <RowField
              key={name}
              {...common}
              path={rowsPath(props.kind, rows)}
              several={several}
              value={several ? ((value[name] as string[] | undefined) ?? []) : shown('text', value[name])}
              cautions={(row) => <MemberCautions schema={own} known={{ ...value, ...row }} />}
              onChange={(next) => set(name, next === '' || (Array.isArray(next) && next.length === 0) ? undefined : typeof next === 'string' && several ? next.split('\n') : next)}
            />
          );
        }
        return (
          <Fragment key={name}>
            <Field {...common} value={shown(shape, value[name])} onChange={(next) => set(name, held(own, shape, next))} />
            <MemberCautions schema={own} known={value} />
          </Fragment>
        );
      })}
    </>
  );
}

function faultText(fault: Fault): string {
  switch (fault.what) {
    case 'limits':
      return t('form.between', { min: fault.min ?? '−∞', max: fault.max ?? '∞' });
    case 'short':
      return t('form.short', { min: fault.min ?? 0 });
    case 'json':
      return t('schema.json');
    case 'large':
      return t('form.large', { max: formatBytes(fault.max ?? 0) });
    default:
      return t('form.whole');
  }
}

// What is wrong with the settings, by pointer, as far as the page can tell.
export function checkSettings(schema: Schema, value: Json): Record<string, string> {
  const found: Record<string, string> = {};
  for (const where of missing(schema, value)) {
    found[where] = t('form.required');
  }
  for (const fault of faults(schema, value)) {
    found[fault.pointer] = faultText(fault);
  }
  return found;
}

// Lines that were left empty are no values.
export function withoutEmptyLines(schema: Schema, value: Json): Json {
  const out: Json = {};
  for (const [name, one] of Object.entries(value)) {
    const own = schema.properties?.[name];
    const shape = own ? shapeOf(own) : 'json';
    out[name] = shape === 'lines' && Array.isArray(one) ? lines(one.join('\n')) : shape === 'object' && own ? withoutEmptyLines(own, one as Json) : one;
  }
  return out;
}
