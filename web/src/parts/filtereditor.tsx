// The conditions of one field: boxes for choices, an operator and a value a line for the rest.
import { useState } from 'preact/hooks';
import { t } from '../lib/i18n';
import type { Condition, Operator } from '../lib/filter';
import { lines } from '../lib/ranges';
import { operatorsOf, operatorWord, type FilterField } from './filterfield';

interface EditorProps {
  field: FilterField;
  conditions: Condition[];
  onApply: (conditions: Condition[]) => void;
}

function Choice({ field, conditions, onApply }: EditorProps) {
  const [chosen, setChosen] = useState(conditions.map((c) => c.value));
  return (
    <form
      class="filter-editor"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(chosen.map((value) => ({ field: field.id, op: 'eq', value })));
      }}
    >
      <fieldset>
        <legend>{t('filter.any_of', { field: field.label })}</legend>
        {field.options?.map((option) => (
          <label key={option.value} class="choice">
            <input
              type="checkbox"
              checked={chosen.includes(option.value)}
              onChange={(event) =>
                setChosen(
                  (event.target as HTMLInputElement).checked
                    ? [...chosen, option.value]
                    : chosen.filter((value) => value !== option.value),
                )
              }
            />
            {option.label}
          </label>
        ))}
      </fieldset>
      <Apply />
    </form>
  );
}

function Apply() {
  return (
    <div class="actions">
      <button type="submit" class="button primary">
        {t('filter.apply')}
      </button>
    </div>
  );
}

// Times are typed in the browser's zone and sent in UTC.
function localTime(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) {
    return '';
  }
  return new Date(time.getTime() - time.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function Value({ field, conditions, onApply }: EditorProps) {
  const operators = operatorsOf(field);
  const first = conditions[0];
  const [op, setOp] = useState<Operator>(first?.op ?? operators[0] ?? 'eq');
  const [text, setText] = useState(() =>
    field.type === 'time'
      ? localTime(first?.value ?? '')
      : conditions
          .filter((c) => c.op === first?.op)
          .map((c) => c.value)
          .join('\n'),
  );
  // Conditions of the same field with other operators stay as they are.
  const others = conditions.filter((c) => c.op !== first?.op);
  const name = `filter-${field.id}`;

  const apply = (event: Event) => {
    event.preventDefault();
    let values = field.type === 'text' ? lines(text) : [text.trim()].filter((v) => v !== '');
    if (op === 'empty') {
      values = ['true'];
    } else if (field.type === 'time') {
      values = values.map((value) => new Date(value).toISOString().replace('.000Z', 'Z'));
    }
    onApply([...values.map((value) => ({ field: field.id, op, value })), ...others]);
  };

  return (
    <form class="filter-editor" onSubmit={apply}>
      <label class="stack">
        {field.label}
        <select value={op} onChange={(event) => setOp((event.target as HTMLSelectElement).value as Operator)}>
          {operators.map((o) => (
            <option key={o} value={o}>
              {operatorWord(field, o)}
            </option>
          ))}
        </select>
      </label>
      {op !== 'empty' && (
        <div class="stack">
          <label for={name}>{field.type === 'text' ? t('filter.values') : t('filter.value')}</label>
          {field.type === 'text' ? (
            <textarea
              id={name}
              rows={3}
              autofocus
              value={text}
              onInput={(event) => setText((event.target as HTMLTextAreaElement).value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  apply(event);
                }
              }}
            />
          ) : (
            <input
              id={name}
              type={field.type === 'time' ? 'datetime-local' : 'text'}
              inputMode={field.type === 'number' ? 'numeric' : undefined}
              pattern={field.type === 'number' ? '-?[0-9]+' : undefined}
              required
              value={text}
              onInput={(event) => setText((event.target as HTMLInputElement).value)}
            />
          )}
        </div>
      )}
      <Apply />
    </form>
  );
}

export function FilterEditor(props: EditorProps) {
  return props.field.type === 'choice' ? <Choice {...props} /> : <Value {...props} />;
}
