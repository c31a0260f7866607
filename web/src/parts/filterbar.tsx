// The filter as chips: plain typing searches, + adds a field. Values of one field are alternatives
// ("or"), different fields must all hold ("and"); both words stand there.
import { useRef, useState } from 'preact/hooks';
import { useChange } from '../lib/change';
import { t } from '../lib/i18n';
import { byField, replaceField, type Condition } from '../lib/filter';
import { FilterEditor } from './filtereditor';
import { conditionText, type FilterField } from './filterfield';
import { Icon } from './icons';
import { Popover } from './popover';
import { toast } from './toast';

interface FilterBarProps {
  fields: FilterField[];
  conditions: Condition[];
  onChange: (conditions: Condition[]) => void;
  q?: string;
  onSearch?: (q: string) => void;
  searchLabel?: string;
}

function Search({ q, label, onSearch }: { q: string; label: string; onSearch: (q: string) => void }) {
  const [text, setText] = useState(q);
  const timer = useRef(0);
  useChange(() => setText(q), [q]);
  const later = (value: string) => {
    setText(value);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onSearch(value.trim()), 300);
  };
  return (
    <form
      class="search"
      role="search"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        window.clearTimeout(timer.current);
        onSearch(text.trim());
      }}
    >
      <Icon name="search" />
      <input
        type="search"
        value={text}
        aria-label={label}
        placeholder={label}
        onInput={(event) => later((event.target as HTMLInputElement).value)}
      />
    </form>
  );
}

export function FilterBar(props: FilterBarProps) {
  const { fields, conditions, onChange } = props;
  const [fresh, setFresh] = useState<FilterField>();
  const groups = byField(conditions);
  const used = new Set(groups.map(([name]) => name));

  const add = (field: FilterField) => {
    if (used.has(field.id)) {
      toast(t('filter.in_use', { field: field.label }), { tone: 'error' });
      return;
    }
    setFresh(field);
  };

  return (
    <div class="filterbar" role="group" aria-label={t('filter.name')}>
      {props.onSearch && (
        <Search q={props.q ?? ''} label={props.searchLabel ?? t('filter.search')} onSearch={props.onSearch} />
      )}
      {groups.map(([name, own], index) => {
        const field = fields.find((f) => f.id === name) ?? { id: name, label: name, type: 'text' as const };
        const words = conditionText(field, own);
        return (
          <span key={name} class="chip-group">
            {index > 0 && <span class="and">{t('filter.and')}</span>}
            <span class="chip">
              <Popover name={field.label} buttonClass="chip-text" label={<span>{words}</span>}>
                {(close) => (
                  <FilterEditor
                    field={field}
                    conditions={own}
                    onApply={(next) => {
                      close();
                      onChange(replaceField(conditions, name, next));
                    }}
                  />
                )}
              </Popover>
              <button
                type="button"
                class="chip-remove"
                aria-label={t('filter.remove', { field: field.label })}
                onClick={() => onChange(replaceField(conditions, name, []))}
              >
                <Icon name="close" />
              </button>
            </span>
          </span>
        );
      })}
      {fresh && !used.has(fresh.id) && (
        <span class="chip-group">
          {groups.length > 0 && <span class="and">{t('filter.and')}</span>}
          <span class="chip">
            <Popover
              key={fresh.id}
              start
              name={fresh.label}
              buttonClass="chip-text"
              label={<span>{fresh.label} …</span>}
              onClose={() => setFresh(undefined)}
            >
              {() => (
                <FilterEditor
                  field={fresh}
                  conditions={[]}
                  onApply={(next) => {
                    setFresh(undefined);
                    onChange(replaceField(conditions, fresh.id, next));
                  }}
                />
              )}
            </Popover>
          </span>
        </span>
      )}
      <Popover
        name={t('filter.add')}
        label={
          <>
            <Icon name="plus" />
            {t('filter.add')}
          </>
        }
      >
        {(close) => (
          <ul class="menu">
            {fields.map((field) => (
              <li key={field.id}>
                <button
                  type="button"
                  class="menu-item"
                  onClick={() => {
                    close();
                    add(field);
                  }}
                >
                  {field.label}
                  {used.has(field.id) && <span class="quiet"> {t('filter.used')}</span>}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Popover>
      {(conditions.length > 0 || props.q) && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            onChange([]);
            if (props.q) {
              props.onSearch?.('');
            }
          }}
        >
          {t('filter.reset')}
        </button>
      )}
    </div>
  );
}
