// The settings of a task or subtask: a form made from the schema of its kind.
import type { TaskKind } from '../api/types';
import { t } from '../lib/i18n';
import type { Json, Schema } from '../lib/schema';
import type { FieldSpec } from '../parts/field';
import { checkSettings, SchemaForm } from '../parts/schemaform';

const none: Schema = { type: 'object', properties: {} };
export const schemaOf = (kind: TaskKind) => kind.settings ?? none;

const pointed = (errors: Record<string, string>) => Object.fromEntries(Object.entries(errors).map(([where, text]) => [`/settings${where}`, text]));

export function settingsField(kind: TaskKind): FieldSpec {
  const schema = schemaOf(kind);
  return {
    name: 'settings',
    label: t('task.settings'),
    type: 'custom',
    missing: (value) => Object.values(checkSettings(schema, value as Json)).includes(t('form.required')),
    check: (value) => Object.values(checkSettings(schema, value as Json))[0],
    draw: ({ id, value, error, below, onChange }) => (
      <div id={id} tabIndex={-1} class="form">
        <SchemaForm
          id={id}
          kind={kind.id}
          schema={schema}
          value={value as Json}
          onChange={onChange}
          pointer="/settings"
          errors={{ ...below, ...(error && below && Object.keys(below).length === 0 ? pointed(checkSettings(schema, value as Json)) : {}) }}
        />
      </div>
    ),
  };
}
