// One group of the preferences as a form that is saved by itself (PRF-03).
import type { ComponentChildren } from 'preact';
import { get, patch } from '../api/http';
import type { Resource } from '../api/resource';
import type { Preferences, Setting } from '../api/types';
import { t } from '../lib/i18n';
import { lines } from '../lib/ranges';
import type { FieldSpec, FormValue, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { toast } from '../parts/toast';

export type Members = Record<string, Setting>;

// How the members of a group become the values of a form, and back.
export interface Shape {
  read: (members: Members) => FormValues;
  write: (values: FormValues) => Record<string, unknown>;
}

function readOne(field: FieldSpec, setting: Setting | undefined): FormValue {
  if (field.type === 'checkbox') {
    return setting === true;
  }
  if (field.type === 'password' || field.type === 'file' || setting === null || setting === undefined) {
    return field.type === 'choices' ? [] : '';
  }
  if (field.type === 'choices') {
    return (setting as string[]).map(String);
  }
  return field.type === 'lines' ? (setting as unknown[]).join('\n') : String(setting);
}

function writeOne(field: FieldSpec, value: FormValue): unknown {
  if (field.type === 'number') {
    return value === '' ? null : Number(value);
  }
  return field.type === 'lines' ? lines(String(value)) : value;
}

const secret = (field: FieldSpec) => field.type === 'password' || field.type === 'file';
export const dropName = (name: string) => `${name}_drop`;

// Each field is the member of the same name. A secret is sent only when it was typed, or as null when
// it is to be forgotten.
export function plainShape(fields: FieldSpec[]): Shape {
  const own = fields.filter((field) => !fields.some((other) => secret(other) && dropName(other.name) === field.name));
  return {
    read: (members) => Object.fromEntries(fields.map((field) => [field.name, readOne(field, members[field.name])])),
    write: (values) => {
      const body: Record<string, unknown> = {};
      for (const field of own) {
        const value = values[field.name] ?? '';
        if (secret(field) && values[dropName(field.name)] === true) {
          body[field.name] = null;
        } else if (!field.hidden?.(values) && !(secret(field) && value === '')) {
          body[field.name] = writeOne(field, value);
        }
      }
      return body;
    },
  };
}

// A secret that is never shown: empty keeps it, and a box forgets it.
export function secretFields(spec: FieldSpec, members: Members): FieldSpec[] {
  const stored = members[`${spec.name}_set`] === true;
  const hidden = spec.hidden ?? (() => false);
  return [
    { ...spec, ...(stored ? { help: t('credential.keep'), required: false } : {}) },
    { name: dropName(spec.name), label: t('settings.forget', { what: spec.label }), type: 'checkbox', hidden: (values) => !stored || hidden(values) },
  ];
}

export function numberField(name: string, label: string, min: number, max: number, more: Partial<FieldSpec> = {}): FieldSpec {
  return { name, label, type: 'number', required: true, min, max, ...more };
}

interface SectionProps {
  group: string;
  title: string;
  text?: string;
  fields: FieldSpec[];
  shape?: Shape;
  all: Resource<Preferences>;
  children?: ComponentChildren;
}

export function SettingsSection({ group, title, text, fields, shape, all, children }: SectionProps) {
  const named = fields.map((field) => ({ ...field, pointer: field.pointer ?? `/${group}/${field.name}` }));
  const { read, write } = shape ?? plainShape(named);
  const id = `settings-${group}-${fields[0]?.name ?? ''}`;
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {text && <p class="quiet">{text}</p>}
      <Form
        fields={named}
        values={read(all.data?.[group] ?? {})}
        etag={all.etag}
        submit={t('action.save')}
        reread={async () => {
          const fresh = await get<Preferences>('/preferences');
          return { values: read(fresh.data[group] ?? {}), etag: fresh.etag };
        }}
        onSubmit={async (values, version) => {
          await patch('/preferences', { [group]: write(values) }, version);
          toast(t('preferences.saved'));
          all.reload();
        }}
      />
      {children}
    </section>
  );
}
