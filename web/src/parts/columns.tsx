// The columns of a list and the panel in which a user chooses and orders them (DEV-91, DEV-92).
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../lib/i18n';
import { Icon } from './icons';
import { Popover } from './popover';

export interface Column<T> {
  id: string;
  label: string;
  cell: (row: T) => ComponentChildren;
  text?: (row: T) => string; // in exports and labels; without it the column is not exported
  sort?: string; // the field to sort by
  head?: boolean; // names the row
  number?: boolean;
  wide?: boolean; // may wrap
  narrow?: boolean; // shown on a narrow screen too
  off?: boolean; // shown only when chosen
  fields?: string[]; // members of the row that it needs; its id without
}

export function chosenColumns<T>(columns: Column<T>[], kept: unknown): Column<T>[] {
  if (Array.isArray(kept)) {
    const chosen = kept
      .map((id) => columns.find((c) => c.id === id))
      .filter((c): c is Column<T> => c !== undefined);
    if (chosen.length > 0) {
      return chosen;
    }
  }
  return columns.filter((c) => !c.off);
}

interface ChooserProps<T> {
  columns: Column<T>[];
  shown: Column<T>[];
  onChange: (ids: string[] | null) => void;
}

export function Chooser<T>({ columns, shown, onChange }: ChooserProps<T>) {
  const [dragged, setDragged] = useState<string>();
  const ids = shown.map((c) => c.id);
  const rest = columns.filter((c) => !ids.includes(c.id));

  const move = (id: string, to: number) => {
    const others = ids.filter((other) => other !== id);
    others.splice(to, 0, id);
    onChange(others);
  };

  return (
    <div class="chooser">
      <p class="quiet">{t('columns.help')}</p>
      <ol>
        {shown.map((column, index) => (
          <li
            key={column.id}
            draggable
            onDragStart={() => setDragged(column.id)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged) {
                move(dragged, index);
              }
            }}
          >
            <Icon name="drag" />
            <label class="choice">
              <input
                type="checkbox"
                checked
                disabled={column.head === true}
                onChange={() => onChange(ids.filter((id) => id !== column.id))}
              />
              {column.label}
            </label>
            <button type="button" class="button plain small" disabled={index === 0} aria-label={t('columns.up', { column: column.label })} onClick={() => move(column.id, index - 1)}>
              <Icon name="up" />
            </button>
            <button type="button" class="button plain small" disabled={index === shown.length - 1} aria-label={t('columns.down', { column: column.label })} onClick={() => move(column.id, index + 1)}>
              <Icon name="down" />
            </button>
          </li>
        ))}
      </ol>
      {rest.length > 0 && (
        <ul>
          {rest.map((column) => (
            <li key={column.id}>
              <label class="choice">
                <input type="checkbox" checked={false} onChange={() => onChange([...ids, column.id])} />
                {column.label}
              </label>
            </li>
          ))}
        </ul>
      )}
      <button type="button" class="button" onClick={() => onChange(null)}>
        {t('columns.reset')}
      </button>
    </div>
  );
}

export function ColumnChooser<T>(props: ChooserProps<T>) {
  return (
    <Popover
      name={t('columns.title')}
      align="right"
      buttonClass="button plain"
      label={
        <>
          <Icon name="columns" />
          <span class="roomy-label">{t('columns.title')}</span>
        </>
      }
    >
      {() => <Chooser {...props} />}
    </Popover>
  );
}
