// A panel that is a small table of the server's: rows as they are, numbers as bars, days as columns.
import { useEffect, useState } from 'preact/hooks';
import { useResource } from '../api/resource';
import { formatDay, formatNumber, formatPercent } from '../lib/format';
import { code, codeWord, t, word } from '../lib/i18n';
import { Failed, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { useStore } from '../lib/store';
import { Time } from '../parts/time';
import { pages } from '../shell/pages';
import { rowHref } from './pluginpage';

export interface BoardColumn {
  key: string;
  type: string;
  title?: string; // of a plugin's panel
}

type Device = { id: string; name: string };
type Plain = string | number | null | Device;
type Cell = Plain | { value: Plain; page: string; row: string }; // leads to a row of a plugin's page

export interface BoardTable {
  at: string;
  columns: BoardColumn[];
  rows: Cell[][];
}

const EVERY = 5 * 60 * 1000; // nobody tells when a sum has changed

const isLink = (cell: Cell) => typeof cell === 'object' && cell !== null && 'page' in cell;
const plainOf = (cell: Cell) => (isLink(cell) ? (cell as { value: Plain }).value : (cell as Plain));

function Value({ cell, type }: { cell: Cell; type: string }) {
  const known = useStore(pages);
  if (isLink(cell)) {
    const { page, row } = cell as { page: string; row: string };
    const found = known?.find((one) => `${one.plugin}/${one.id}` === page);
    const drawn = <Plainly cell={plainOf(cell)} type={type} />;
    return found && plainOf(cell) !== null ? <a href={rowHref(found, row)}>{drawn}</a> : drawn;
  }
  return <Plainly cell={plainOf(cell)} type={type} />;
}

function Plainly({ cell, type }: { cell: Plain; type: string }) {
  if (cell === null || cell === '') {
    return <span class="none">–</span>;
  }
  if (typeof cell === 'object') {
    return <a href={`/devices/${cell.id}`}>{cell.name}</a>;
  }
  if (typeof cell === 'number') {
    return <>{type === 'percent' ? formatPercent(cell) : type === 'alert-code' ? code('alert_code', cell) : formatNumber(cell)}</>;
  }
  if (type === 'alert-severity') {
    return <Status family="alert" value={cell} />;
  }
  if (type === 'run-state') {
    return <Status family="run" value={cell} />;
  }
  if (type === 'time') {
    return <Time value={cell} />;
  }
  return <>{type === 'day' ? formatDay(cell) : type === 'colour' ? (codeWord('colour', cell) ?? cell) : word(cell)}</>;
}

const isNumber = (column: BoardColumn) => column.type === 'number' || column.type === 'percent';

// The largest number of the last column: what the bars are measured by.
function largest(table: BoardTable): number {
  const last = table.columns.length - 1;
  return table.rows.reduce((most, row) => Math.max(most, typeof row[last] === 'number' ? row[last] : 0), 0);
}

function Rows({ table, bars, title }: { table: BoardTable; bars: boolean; title: string }) {
  const most = bars ? largest(table) : 0;
  const last = table.columns.length - 1;
  return (
    <div class="board-scroll" tabIndex={0}>
      <table class="plain-table board-table">
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column.key} scope="col" class={isNumber(column) ? 'number' : undefined}>
                {column.title ? word(column.title) : code('board_column', column.key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, at) => {
                const column = table.columns[at];
                const bar = most > 0 && at === last && typeof cell === 'number';
                return (
                  <td key={at} class={column && isNumber(column) ? 'number' : undefined}>
                    {bar && <span class="board-bar" aria-hidden="true" style={{ '--part': String(cell / most) }} />}
                    <Value cell={cell} type={column?.type ?? 'text'} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// A column for every day of the time that is shown, also for those on which nothing was.
function Days({ table, days, title }: { table: BoardTable; days: number; title: string }) {
  const most = largest(table);
  const of = new Map(table.rows.map(([day, count]) => [String(day).slice(0, 10), Number(count ?? 0)]));
  const last = new Date(table.at);
  const columns = Array.from({ length: days }, (_, index) => {
    const day = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), last.getUTCDate() - days + 1 + index));
    return { day: day.toISOString(), count: of.get(day.toISOString().slice(0, 10)) ?? 0 };
  });
  return (
    <figure class="board-days">
      <div class="board-columns" role="img" aria-label={`${title}: ${formatNumber(columns.reduce((sum, c) => sum + c.count, 0))}`}>
        {columns.map(({ day, count }) => (
          <span key={day} title={`${formatDay(day)}: ${formatNumber(count)}`} style={{ '--part': String(most > 0 ? count / most : 0) }} />
        ))}
      </div>
      <figcaption class="quiet">
        <span>{formatDay(columns[0]?.day ?? table.at)}</span>
        <span>{t('board.most', { count: formatNumber(most) })}</span>
        <span>{formatDay(table.at)}</span>
      </figcaption>
    </figure>
  );
}

export function TablePanel({ type, chart, title, settings }: { type: string; chart: boolean; title: string; settings: Record<string, number> }) {
  const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const table = useResource<BoardTable>(`/panels/${type}?${query}`, true);
  const [asTable, setAsTable] = useState(false);
  useEffect(() => {
    const timer = window.setInterval(table.reload, EVERY);
    return () => window.clearInterval(timer);
  }, [table.reload]);
  if (!table.data) {
    return table.error === undefined ? <Waiting /> : <Failed error={table.error} retry={table.reload} />;
  }
  if (table.data.rows.length === 0) {
    return <p class="quiet">{t('board.nothing')}</p>;
  }
  if (table.data.columns[0]?.type !== 'day') {
    return <Rows table={table.data} bars={chart} title={title} />;
  }
  return (
    <>
      {asTable ? <Rows table={table.data} bars={false} title={title} /> : <Days table={table.data} days={settings['days'] ?? 30} title={title} />}
      <p>
        <button type="button" class="button small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t('board.as_table')}
        </button>
      </p>
    </>
  );
}
