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
import { FormTabs, panelId, tabId, useFormTab, type FormTab } from './formtabs';

// Something else that can be done with what the form holds, after the same checks.
interface Other {
  label: string;
  run: (values: FormValues) => Promise<void>;
}

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
  tabs?: FormTab[]; // fields of a tab stand there, the others above
  others?: Other[];
  onValues?: (values: FormValues) => void; // hears of what is entered
  stays?: (to: URL) => boolean; // addresses at which this form stays as it is
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

function isMissing(field: FieldSpec, value: FormValue | undefined): boolean {
  if (field.type === 'custom') {
    return value !== undefined && (field.missing?.(value) ?? false);
  }
  const empty = value === undefined || (Array.isArray(value) ? value.length === 0 : typeof value === 'string' && value.trim() === '');
  return Boolean(field.required) && field.type !== 'checkbox' && empty;
}

export function checkField(field: FieldSpec, value: FormValue | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  if (isMissing(field, value)) {
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
  const [below, setBelow] = useState<Record<string, string>>({});
  const [tab, setTab] = useFormTab(props.tabs);
  const dirty = !sameValues(values, saved);
  const stays = useRef(props.stays);
  stays.current = props.stays;

  useEffect(() => props.onValues?.(values), [values]);

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
    setGuard(async (to) => leaving.current || (stays.current?.(to) ?? false) || confirm(question));
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

  const attempt = async (version: string | null, tries: number, other?: Other): Promise<void> => {
    try {
      leaving.current = other === undefined;
      if (other) {
        await other.run(values);
        return;
      }
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
    const deep: Record<string, string> = {};
    for (const item of error instanceof Problem ? error.errors : []) {
      const field = fieldOf(fields, item.pointer);
      const line = /\/(\d+)$/.exec(item.pointer);
      const words = explainField(item);
      if (field) {
        const own = line && field.type === 'lines' ? t('form.line', { line: Number(line[1]) + 1, text: words }) : words;
        found[field.name] = [found[field.name], own].filter(Boolean).join(' · ');
        deep[item.pointer] = own;
      } else {
        rest.push(`${item.pointer}: ${words}`);
      }
    }
    setBelow(deep);
    const named = Object.keys(found).length > 0 && rest.length === 0;
    wrong(found, named ? undefined : [explain(error), ...rest].join(' · '));
  };

  const send = async (event: Event, other?: Other) => {
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
    setBelow({});
    setFailure(undefined);
    setTheirs(undefined);
    try {
      await attempt(etag, 3, other);
    } catch (error) {
      wrong({}, explain(error)); // not even reading it again worked
    } finally {
      setBusy(false);
    }
  };

  const list = fields.filter((field) => errors[field.name]);
  const tabOf = (name: string) => props.tabs?.find((one) => one.fields.includes(name));
  const draw = (field: FieldSpec) =>
    !field.hidden?.(values) && (
      <Field
        key={field.name}
        id={`${id}-${field.name}`}
        spec={field}
        value={values[field.name] ?? ''}
        error={errors[field.name]}
        below={below}
        onChange={(value) => {
          setValues((old) => ({ ...old, [field.name]: value }));
          setErrors(({ [field.name]: _, ...others }) => others);
        }}
      />
    );
  const focus = (name: string) => {
    const own = tabOf(name);
    if (own) {
      setTab(own.id);
    }
    window.setTimeout(() => document.getElementById(`${id}-${name}`)?.focus(), 0);
  };
  const lacking = (one: FormTab) => fields.some((f) => one.fields.includes(f.name) && !f.hidden?.(values) && isMissing(f, values[f.name]));
  return (
    // A search within a field is a form of its own.
    <form class="form" noValidate onSubmit={(event) => event.target === event.currentTarget && void send(event)}>
      {(list.length > 0 || failure) && (
        <div class="notice tone-error" role="alert" tabIndex={-1} ref={top}>
          <p>{failure ?? t('form.check')}</p>
          {list.length > 0 && (
            <ul>
              {list.map((field) => (
                <li key={field.name}>
                  <a href={`#${id}-${field.name}`} onClick={(event) => {
                    event.preventDefault();
                    focus(field.name);
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
      {fields.filter((field) => !tabOf(field.name)).map(draw)}
      {props.tabs && <FormTabs id={id} tabs={props.tabs} current={tab} onChange={setTab} lacking={lacking} wrong={(one) => list.some((f) => one.fields.includes(f.name))} />}
      {props.tabs?.map((one) => (
        <div key={one.id} class="form-panel" role="tabpanel" id={panelId(id, one.id)} aria-labelledby={tabId(id, one.id)} hidden={one.id !== tab}>
          {one.id === tab && fields.filter((field) => one.fields.includes(field.name)).map(draw)}
          {one.id === tab && one.after?.(values)}
        </div>
      ))}
      {props.children}
      <div class="actions">
        <button type="submit" class={props.danger ? 'button danger' : 'button primary'} disabled={busy}>
          {submit}
        </button>
        {props.others?.map((other) => (
          <button key={other.label} type="button" class="button" disabled={busy} onClick={(event) => void send(event, other)}>
            {other.label}
          </button>
        ))}
        {props.onCancel && (
          <button type="button" class="button" onClick={props.onCancel}>
            {t('action.cancel')}
          </button>
        )}
      </div>
    </form>
  );
}
