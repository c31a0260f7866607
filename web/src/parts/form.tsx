// Forms from a description of their fields: marks, units and help beside the field, errors at the
// field and summed up on top, nothing lost on error, unsaved input asked about, and the conflict of
// two editors shown side by side.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { explain, explainField, Problem } from '../api/problem';
import { t } from '../lib/i18n';
import { useChange } from '../lib/change';
import { setGuard } from '../lib/router';
import { confirm } from './confirm';
import { Conflict } from './conflict';
import { Field, type FieldSpec, type FormValue, type FormValues } from './field';

interface FormProps {
  fields: FieldSpec[];
  values: FormValues;
  submit: string;
  onSubmit: (values: FormValues, etag: string | null) => Promise<void>;
  onCancel?: () => void;
  etag?: string | null;
  // Reads what the other editor saved, when the version has changed meanwhile.
  reread?: () => Promise<{ values: FormValues; etag: string | null }>;
  guard?: boolean;
  checkAll?: (values: FormValues) => Record<string, string>; // what one field alone cannot tell
  danger?: boolean;
  reset?: boolean; // begins anew after it was sent: nothing of it stays in the page
  children?: ComponentChildren;
}

export function sameValues(a: FormValues, b: FormValues): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

// The field that a JSON pointer means: the longest pointer that the error's begins with.
export function fieldOf(fields: FieldSpec[], pointer: string): FieldSpec | undefined {
  let best: FieldSpec | undefined;
  for (const field of fields) {
    const own = field.pointer ?? `/${field.name}`;
    const fits = pointer === own || pointer.startsWith(`${own}/`);
    if (fits && own.length > (best ? (best.pointer ?? `/${best.name}`).length : -1)) {
      best = field;
    }
  }
  return best;
}

export function checkField(field: FieldSpec, value: FormValue | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  if (field.required && field.type !== 'checkbox' && (value === undefined || value === '' || (Array.isArray(value) ? value.length === 0 : text === '' && typeof value === 'string'))) {
    return t('form.required');
  }
  if (field.type === 'number' && text !== '') {
    const number = Number(text);
    if (!Number.isInteger(number)) {
      return t('form.whole');
    }
    if ((field.min !== undefined && number < field.min) || (field.max !== undefined && number > field.max)) {
      return t('form.between', { min: field.min ?? 0, max: field.max ?? Number.MAX_SAFE_INTEGER });
    }
  }
  if (typeof value === 'string' && field.minLength !== undefined && value.length < field.minLength) {
    return t('form.short', { min: field.minLength });
  }
  return value === undefined ? undefined : field.check?.(value);
}

export function Form(props: FormProps) {
  const { fields, submit } = props;
  const [values, setValues] = useState(props.values);
  const [saved, setSaved] = useState(props.values);
  const [etag, setEtag] = useState(props.etag ?? null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string>();
  const [theirs, setTheirs] = useState<FormValues>();
  const [busy, setBusy] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const leaving = useRef(false); // the submit itself may leave the page
  const id = useId();
  const dirty = !sameValues(values, saved);

  // Fresh data from the server replaces only what the user has not touched.
  useChange(() => {
    if (!dirty) {
      setValues(props.values);
      setSaved(props.values);
      setEtag(props.etag ?? null);
    }
  }, [JSON.stringify(props.values), props.etag]);

  useEffect(() => {
    if (!dirty || props.guard === false) {
      return undefined;
    }
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    const question = {
      title: t('form.unsaved_title'),
      text: t('form.unsaved'),
      action: t('form.leave'),
      cancel: t('form.stay'),
    };
    setGuard(async () => leaving.current || confirm(question));
    return () => {
      removeEventListener('beforeunload', warn);
      setGuard(undefined);
    };
  }, [dirty, props.guard]);

  const wrong = (found: Record<string, string>, text?: string) => {
    setErrors(found);
    setFailure(text);
    window.setTimeout(() => top.current?.focus(), 0);
  };

  const attempt = async (version: string | null, tries: number): Promise<void> => {
    try {
      leaving.current = true;
      await props.onSubmit(values, version);
      setSaved(props.reset ? props.values : values);
      if (props.reset) {
        setValues(props.values);
      }
    } catch (error) {
      leaving.current = false;
      await failed(error, tries);
    }
  };

  const failed = async (error: unknown, tries: number): Promise<void> => {
    if (error instanceof Problem && error.status === 412 && props.reread) {
      const fresh = await props.reread();
      setEtag(fresh.etag);
      // A new version of something that this form does not show is no conflict: once more.
      if (sameValues(fresh.values, saved) && tries > 0) {
        await attempt(fresh.etag, tries - 1);
      } else {
        setTheirs(fresh.values);
      }
      return;
    }
    const found: Record<string, string> = {};
    const rest: string[] = [];
    for (const item of error instanceof Problem ? error.errors : []) {
      const field = fieldOf(fields, item.pointer);
      const line = /\/(\d+)$/.exec(item.pointer);
      const words = explainField(item);
      if (field) {
        const own = line && field.type === 'lines' ? t('form.line', { line: Number(line[1]) + 1, text: words }) : words;
        found[field.name] = [found[field.name], own].filter(Boolean).join(' · ');
      } else {
        rest.push(`${item.pointer}: ${words}`);
      }
    }
    const named = Object.keys(found).length > 0 && rest.length === 0;
    wrong(found, named ? undefined : [explain(error), ...rest].join(' · '));
  };

  const send = async (event: Event) => {
    event.preventDefault();
    const found: Record<string, string> = { ...props.checkAll?.(values) };
    for (const field of fields) {
      const text = field.hidden?.(values) ? undefined : checkField(field, values[field.name]);
      if (text) {
        found[field.name] = text;
      }
    }
    if (Object.keys(found).length > 0) {
      wrong(found);
      return;
    }
    setBusy(true);
    setErrors({});
    setFailure(undefined);
    setTheirs(undefined);
    try {
      await attempt(etag, 3);
    } catch (error) {
      wrong({}, explain(error)); // not even reading it again worked
    } finally {
      setBusy(false);
    }
  };

  const list = fields.filter((field) => errors[field.name]);
  return (
    <form class="form" noValidate onSubmit={(event) => void send(event)}>
      {(list.length > 0 || failure) && (
        <div class="notice tone-error" role="alert" tabIndex={-1} ref={top}>
          <p>{failure ?? t('form.check')}</p>
          {list.length > 0 && (
            <ul>
              {list.map((field) => (
                <li key={field.name}>
                  <a href={`#${id}-${field.name}`} onClick={(event) => {
                    event.preventDefault();
                    document.getElementById(`${id}-${field.name}`)?.focus();
                  }}>
                    {field.label}: {errors[field.name]}
                  </a>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      {theirs && (
        <Conflict
          fields={fields}
          mine={values}
          theirs={theirs}
          onTake={(name) => setValues((old) => ({ ...old, [name]: theirs[name] ?? '' }))}
          onTakeAll={() => {
            setValues(theirs);
            setSaved(theirs);
            setTheirs(undefined);
          }}
        />
      )}
      {fields.map(
        (field) =>
          !field.hidden?.(values) && (
            <Field
              key={field.name}
              id={`${id}-${field.name}`}
              spec={field}
              value={values[field.name] ?? ''}
              error={errors[field.name]}
              onChange={(value) => {
                setValues((old) => ({ ...old, [field.name]: value }));
                setErrors(({ [field.name]: _, ...others }) => others);
              }}
            />
          ),
      )}
      {props.children}
      <div class="actions">
        <button type="submit" class={props.danger ? 'button danger' : 'button primary'} disabled={busy}>
          {submit}
        </button>
        {props.onCancel && (
          <button type="button" class="button" onClick={props.onCancel}>
            {t('action.cancel')}
          </button>
        )}
      </div>
    </form>
  );
}
