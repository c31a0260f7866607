// Two people edited one thing: both values side by side, nobody's input is lost (ETag, 412).
import { t } from '../lib/i18n';
import type { FieldSpec, FormValue, FormValues } from './field';
import { filterText } from './filterfield';

// As the form itself shows it: the words of a choice, not its code.
function text(field: FieldSpec, value: FormValue | undefined): string {
  if (typeof value === 'boolean') {
    return value ? t('value.yes') : t('value.no');
  }
  if (field.type === 'filter' && Array.isArray(value)) {
    return filterText(field.filters ?? [], value);
  }
  if (typeof value === 'object' && !Array.isArray(value)) {
    return JSON.stringify(value, null, 1);
  }
  const word = (one: string) => field.options?.find((option) => option.value === one)?.label ?? one;
  return Array.isArray(value) ? [...value].sort().map(word).join(', ') : word(value ?? '');
}

interface ConflictProps {
  fields: FieldSpec[];
  mine: FormValues;
  theirs: FormValues;
  onTake: (name: string) => void;
  onTakeAll: () => void;
}

export function Conflict({ fields, mine, theirs, onTake, onTakeAll }: ConflictProps) {
  const different = fields.filter((f) => f.name in theirs && text(f, mine[f.name]) !== text(f, theirs[f.name]));
  return (
    <div class="notice tone-warning" role="alert">
      <p>{t('conflict.text')}</p>
      {different.length > 0 && (
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{t('conflict.field')}</th>
              <th scope="col">{t('conflict.mine')}</th>
              <th scope="col">{t('conflict.theirs')}</th>
              <th scope="col">
                <span class="hidden">{t('list.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {different.map((field) => (
              <tr key={field.name}>
                <th scope="row">{field.label}</th>
                <td class="lines">{text(field, mine[field.name])}</td>
                <td class="lines">{text(field, theirs[field.name])}</td>
                <td>
                  <button type="button" class="button small" onClick={() => onTake(field.name)}>
                    {t('conflict.take')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div class="actions">
        <button type="button" class="button" onClick={onTakeAll}>
          {t('conflict.take_all')}
        </button>
        <span class="quiet">{t('conflict.save_again')}</span>
      </div>
    </div>
  );
}
