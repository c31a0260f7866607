// The settings of a task or subtask: a form made from the schema of its kind.
import type { TaskKind } from '../api/types';
import { t } from '../lib/i18n';
import type { Json, Schema } from '../lib/schema';
import type { FieldSpec } from '../parts/field';
import { checkSettings, SchemaForm } from '../parts/schemaform';

const none: Schema = { type: 'object', properties: {} };
export const schemaOf = (kind: TaskKind) => kind.settings ?? none;

// Errors of settings by their place in the whole body.
const pointed = (errors: Record<string, string>, pointer: string) => Object.fromEntries(Object.entries(errors).map(([where, text]) => [pointer + where, text]));

interface SchemaFieldProps {
  name: string;
  label: string;
  kind: string; // the family of words
  schema: Schema;
  pointer: string; // where the value stands in the body: "/settings", "" for the whole
}

// A field whose value is an object that keeps a JSON Schema.
export function schemaField({ name, label, kind, schema, pointer }: SchemaFieldProps): FieldSpec {
  return {
    name,
    label,
    type: 'custom',
    pointer,
    missing: (value) => Object.values(checkSettings(schema, value as Json)).includes(t('form.required')),
    check: (value) => Object.values(checkSettings(schema, value as Json))[0],
    draw: ({ id, value, error, below, onChange }) => (
      <div id={id} tabIndex={-1} class="form">
        <SchemaForm
          id={id}
          kind={kind}
          schema={schema}
          value={value as Json}
          onChange={onChange}
          pointer={pointer}
          errors={{ ...below, ...(error && below && Object.keys(below).length === 0 ? pointed(checkSettings(schema, value as Json), pointer) : {}) }}
        />
      </div>
    ),
  };
}

export const settingsField = (kind: TaskKind) => schemaField({ name: 'settings', label: t('task.settings'), kind: kind.id, schema: schemaOf(kind), pointer: '/settings' });
