// One field of a form: label, control, unit, help and error tied together for eyes and ears.
import type { ComponentChildren } from 'preact';
import { t } from '../lib/i18n';
import { base64Of } from '../lib/base64';
import { formatCondition, parseCondition } from '../lib/filter';
import { FilterBar } from './filterbar';
import type { FilterField } from './filterfield';

// An object is the value of a field that draws itself.
export type FormValue = string | boolean | string[] | Record<string, unknown>;
export type FormValues = Record<string, FormValue>;

export interface FieldSpec {
  name: string;
  label: string;
  type: 'text' | 'password' | 'email' | 'url' | 'number' | 'select' | 'checkbox' | 'choices' | 'radio' | 'lines' | 'code' | 'textarea' | 'date' | 'time' | 'datetime-local' | 'file' | 'filter' | 'custom';
  pointer?: string;
  required?: boolean;
  help?: string;
  unit?: string;
  min?: number;
  max?: number;
  minLength?: number;
  maxLength?: number;
  options?: { value: string; label: string }[];
  suggestions?: string[]; // of a text: offered, but anything else may be typed
  filters?: FilterField[]; // of a filter: what it can ask for; its values are conditions as text
  autofocus?: boolean;
  autocomplete?: string;
  placeholder?: string;
  hidden?: (values: FormValues) => boolean;
  check?: (value: FormValue) => string | undefined;
  columns?: 'short' | 'long'; // many choices beside each other, by their texts
  draw?: (props: FieldProps) => ComponentChildren; // of a custom field
  missing?: (value: FormValue) => boolean; // of a custom field: something required is not there
}

// Only what was changed is sent, so that two editors of different fields do not meet.
export function changes(before: FormValues, after: FormValues): FormValues {
  const same = (name: string) => JSON.stringify(after[name]) === JSON.stringify(before[name]);
  return Object.fromEntries(Object.entries(after).filter(([name]) => !same(name)));
}

export interface FieldProps {
  id: string;
  spec: FieldSpec;
  value: FormValue;
  error: string | undefined;
  below?: Record<string, string>; // errors at parts of a custom field's value, by JSON pointer
  onChange: (value: FormValue) => void;
}

function Control({ id, spec, value, error, onChange }: FieldProps) {
  const described = [spec.help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  const common = {
    id,
    name: spec.name,
    required: spec.required,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': described || undefined,
  };
  const text = typeof value === 'string' ? value : '';
  const onInput = (event: Event) => onChange((event.target as HTMLInputElement).value);
  if (spec.type === 'select') {
    return (
      <select {...common} value={text} onChange={onInput}>
        {spec.options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  if (spec.type === 'lines' || spec.type === 'code' || spec.type === 'textarea') {
    return (
      <textarea
        {...common}
        class={spec.type === 'textarea' ? undefined : 'code'}
        rows={spec.type === 'textarea' ? 3 : 5}
        spellcheck={spec.type === 'textarea'}
        maxLength={spec.maxLength}
        placeholder={spec.placeholder}
        value={text}
        onInput={onInput}
      />
    );
  }
  if (spec.type === 'checkbox') {
    return (
      <input
        {...common}
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange((event.target as HTMLInputElement).checked)}
      />
    );
  }
  if (spec.type === 'file') {
    return <input {...common} type="file" onChange={(event) => void readFile(event, spec, onChange)} />;
  }
  return (
    <>
      <input
        {...common}
        type={spec.type === 'number' ? 'text' : spec.type}
        inputMode={spec.type === 'number' ? 'numeric' : undefined}
        maxLength={spec.maxLength}
        autocomplete={spec.autocomplete ?? 'off'}
        autofocus={spec.autofocus}
        placeholder={spec.placeholder}
        list={spec.suggestions ? `${id}-list` : undefined}
        value={text}
        onInput={onInput}
      />
      {spec.suggestions && (
        <datalist id={`${id}-list`}>
          {spec.suggestions.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </>
  );
}

// The content of a file as base64, and no more of a large one than shows that it is too large; the
// server says what it thinks of it.
async function readFile(event: Event, spec: FieldSpec, onChange: (value: FormValue) => void): Promise<void> {
  const file = (event.target as HTMLInputElement).files?.[0];
  onChange(file ? await base64Of(spec.maxLength === undefined ? file : file.slice(0, spec.maxLength)) : '');
}

// What belongs to a group of controls as a label and its help belong to one.
function Group({ id, spec, error, children }: FieldProps & { children: ComponentChildren }) {
  const described = [spec.help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <fieldset class={error ? 'field choices wrong' : 'field choices'} id={id} tabIndex={-1} aria-describedby={described || undefined}>
      <legend>
        {spec.label}
        {spec.required && spec.type !== 'radio' && <Required />}
      </legend>
      <Help id={id} text={spec.help} />
      {spec.columns ? <div class={`choice-columns ${spec.columns}`}>{children}</div> : children}
      <FieldError id={id} text={error} />
    </fieldset>
  );
}

export function Required() {
  return (
    <abbr class="required" title={t('form.required')}>
      *
    </abbr>
  );
}

function Help({ id, text }: { id: string; text: string | undefined }) {
  return text ? (
    <p class="help" id={`${id}-help`}>
      {text}
    </p>
  ) : null;
}

function FieldError({ id, text }: { id: string; text: string | undefined }) {
  return text ? (
    <p class="field-error" id={`${id}-error`}>
      {text}
    </p>
  ) : null;
}

// Several values of a few, or one of them.
function Choices(props: FieldProps) {
  const { id, spec, value, onChange } = props;
  const chosen = (Array.isArray(value) ? value : [value]) as (string | boolean)[];
  const one = spec.type === 'radio';
  const change = (option: string, on: boolean) => {
    const others = chosen.filter((c) => c !== option).map(String);
    onChange(one ? option : on ? [...others, option] : others);
  };
  return (
    <Group {...props}>
      {spec.options?.map((option) => (
        <label key={option.value} class="choice">
          <input
            type={one ? 'radio' : 'checkbox'}
            name={`${id}-${spec.name}`}
            value={option.value}
            checked={chosen.includes(option.value)}
            onChange={(event) => change(option.value, (event.target as HTMLInputElement).checked)}
          />
          {option.label}
        </label>
      ))}
    </Group>
  );
}

// A filter as in the lists.
function Filter(props: FieldProps) {
  const texts = Array.isArray(props.value) ? props.value : [];
  return (
    <Group {...props}>
      <FilterBar
        fields={props.spec.filters ?? []}
        conditions={texts.map(parseCondition).filter((c) => c !== undefined)}
        onChange={(conditions) => props.onChange(conditions.map(formatCondition))}
      />
    </Group>
  );
}

export function Field(props: FieldProps) {
  const { id, spec, error } = props;
  if (spec.type === 'custom') {
    return <>{spec.draw?.(props)}</>;
  }
  if (spec.type === 'choices' || spec.type === 'radio') {
    return <Choices {...props} />;
  }
  if (spec.type === 'filter') {
    return <Filter {...props} />;
  }
  const limits =
    spec.min !== undefined && spec.max !== undefined
      ? t('form.limits', { min: spec.min, max: spec.max })
      : undefined;
  return (
    <div class={`field field-${spec.type}${error ? ' wrong' : ''}`}>
      <label for={id}>
        {spec.label}
        {spec.required && <Required />}
      </label>
      <span class="field-control">
        <Control {...props} />
        {spec.unit && <span class="unit">{spec.unit}</span>}
        {limits && <span class="limits">{limits}</span>}
      </span>
      <Help id={id} text={spec.help} />
      <FieldError id={id} text={error} />
    </div>
  );
}
