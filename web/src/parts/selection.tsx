// Selected rows: some by id, or all that match the filter; and what can be done with them.
import { useState } from 'preact/hooks';
import { stream } from '../api/http';
import { formatList, type ListState } from '../lib/filter';
import { t, tn } from '../lib/i18n';
import { fail } from './toast';

export class Selection {
  constructor(
    readonly ids: ReadonlySet<string> = new Set(),
    readonly all = false,
  ) {}

  has(id: string): boolean {
    return this.all || this.ids.has(id);
  }

  count(total: number): number {
    return this.all ? total : this.ids.size;
  }

  // Unchecking one of "all that match" leaves the others of the page.
  with(id: string, on: boolean, page: string[]): Selection {
    const ids = new Set(this.all ? page : this.ids);
    if (on) {
      ids.add(id);
    } else {
      ids.delete(id);
    }
    return new Selection(ids);
  }

  withAll(page: string[], on: boolean): Selection {
    const ids = new Set(this.all ? [] : this.ids);
    for (const id of page) {
      if (on) {
        ids.add(id);
      } else {
        ids.delete(id);
      }
    }
    return new Selection(ids);
  }
}

export interface SelectionAction {
  label: string;
  danger?: boolean;
  one?: boolean; // of a single row
  also?: string; // another member of the rows that it needs; it hears of those that are not on the page
  onRow?: (row: { id: string } & Record<string, unknown>) => void;
  run: (ids: string[]) => Promise<void>;
}

interface BarProps {
  selection: Selection;
  onChange: (selection: Selection) => void;
  pageIds: string[];
  total: number;
  actions: SelectionAction[];
  path: string;
  state: ListState;
}

async function idsOf({ selection, path, state }: BarProps, action: SelectionAction): Promise<string[]> {
  if (!selection.all) {
    return [...selection.ids];
  }
  const query = formatList(state);
  query.delete('page');
  query.delete('size');
  query.set('fields', action.also ? `id,${action.also}` : 'id');
  const ids: string[] = [];
  await stream<{ id: string } & Record<string, unknown>>(`${path}?${query}`, (row) => {
    ids.push(row.id);
    action.onRow?.(row);
  });
  return ids;
}

export function SelectionBar(props: BarProps) {
  const { selection, onChange, pageIds, total, actions } = props;
  const [busy, setBusy] = useState(false);
  const whole = pageIds.every((id) => selection.has(id));

  const run = async (action: SelectionAction) => {
    setBusy(true);
    try {
      await action.run(await idsOf(props, action));
      onChange(new Selection());
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="selection" role="region" aria-label={t('list.selection')}>
      <span role="status">{tn('list.selected', selection.count(total))}</span>
      {whole && !selection.all && total > pageIds.length && (
        <button type="button" class="button plain" onClick={() => onChange(new Selection(new Set(), true))}>
          {tn('list.select_all', total)}
        </button>
      )}
      {actions.map((action) => (
        <button
          key={action.label}
          type="button"
          class={action.danger ? 'button danger' : 'button'}
          disabled={busy || (action.one === true && selection.count(total) !== 1)}
          onClick={() => void run(action)}
        >
          {action.label}
        </button>
      ))}
      <button type="button" class="button plain" onClick={() => onChange(new Selection())}>
        {t('list.select_none')}
      </button>
    </div>
  );
}
