// Export of what the list shows: its filter, its order, its columns, all its pages (DEV-74).
import { useState } from 'preact/hooks';
import { file, stream } from '../api/http';
import { csvLine } from '../lib/csv';
import { formatList, type ListState } from '../lib/filter';
import { t } from '../lib/i18n';
import { saveFile } from '../lib/save';
import type { Column } from './columns';
import { Icon } from './icons';
import { Popover } from './popover';
import { fail } from './toast';

interface ExportProps<T> {
  name: string;
  path: string;
  state: ListState;
  columns: Column<T>[];
  fields: boolean;
}

const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
type Kind = 'csv' | 'ndjson' | 'xlsx';

function kindText(kind: Kind): string {
  return kind === 'csv' ? t('export.csv') : kind === 'xlsx' ? t('export.xlsx') : t('export.ndjson');
}

export function ExportMenu<T>(props: ExportProps<T>) {
  const { path, state, columns, fields } = props;
  const [count, setCount] = useState<number>();

  const run = async (kind: Kind) => {
    const query = formatList(state);
    query.delete('page');
    query.delete('size');
    const exported = columns.filter((column) => column.text);
    if (fields && kind === 'csv') {
      query.set('fields', exported.flatMap((c) => c.fields ?? [c.id]).join(','));
    }
    const day = new Date().toISOString().slice(0, 10);
    const name = `platen-${props.name}-${day}.${kind}`;
    if (kind === 'xlsx') {
      try {
        saveFile([await file(`${path}?${query}`, EXCEL)], EXCEL, name);
      } catch (error) {
        fail(error);
      }
      return;
    }
    // A byte order mark tells spreadsheets that the text is UTF-8.
    const pieces = kind === 'csv' ? ['\uFEFF', csvLine(exported.map((c) => c.label))] : [];
    let rows = 0;
    setCount(0);
    try {
      await stream<T>(`${path}?${query}`, (row) => {
        pieces.push(kind === 'csv' ? csvLine(exported.map((c) => c.text?.(row) ?? '')) : `${JSON.stringify(row)}\n`);
        rows += 1;
        if (rows % 1000 === 0) {
          setCount(rows);
        }
      });
      saveFile(pieces, kind === 'csv' ? 'text/csv' : 'application/x-ndjson', name);
    } catch (error) {
      fail(error);
    } finally {
      setCount(undefined);
    }
  };

  return (
    <Popover
      name={t('export.title')}
      align="right"
      buttonClass="button plain"
      label={
        <>
          <Icon name="download" />
          <span class="roomy-label">{count === undefined ? t('export.title') : t('export.running', { rows: count })}</span>
        </>
      }
    >
      {(close) => (
        <ul class="menu">
          {(['csv', 'xlsx', 'ndjson'] as const).map((kind) => (
            <li key={kind}>
              <button
                type="button"
                class="menu-item"
                onClick={() => {
                  close();
                  void run(kind);
                }}
              >
                {kindText(kind)}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
