// What was uploaded, installed, rolled back and deleted, when and by whom; newest first.
import type { FunctionEvent } from '../api/functiontypes';
import { useEvent } from '../api/events';
import { useResource } from '../api/resource';
import { code, codeWord, t } from '../lib/i18n';
import { formatTime } from '../lib/format';
import { Failed, Empty, Waiting } from '../parts/message';
import { Status } from '../parts/status';

function versions({ from, to }: FunctionEvent): string {
  return from && to && from !== to ? `${from} → ${to}` : (to ?? from ?? '');
}

function reason({ code: why, text }: FunctionEvent): string {
  const words = why ? codeWord('refusal', why) : undefined;
  return [words, text].filter(Boolean).join(' — ') + (why ? ` (${why})` : '');
}

export function HistoryList({ entries, named = false }: { entries: FunctionEvent[]; named?: boolean }) {
  return (
    <ol class="timeline">
      {entries.map((entry) => (
        <li key={`${entry.at} ${entry.name ?? ''} ${entry.event}`}>
          <span class="timeline-when quiet">
            <time dateTime={entry.at}>{formatTime(entry.at)}</time>
          </span>
          <span class="timeline-what">
            <Status family="function_event" value={entry.event}>
              {code('function_event', entry.event)} {named && entry.name && <b>{entry.name}</b>} {versions(entry)}
            </Status>
            {entry.by && <span class="quiet">{t('fn.by', { user: entry.by })}</span>}
            {(entry.code || entry.text) && <span class="reason">{reason(entry)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

export const newestFirst = (entries: FunctionEvent[]) => [...entries].sort((a, b) => b.at.localeCompare(a.at));

export function HistoryPanel() {
  const all = useResource<{ items: FunctionEvent[] }>('/functions/history?size=200');
  useEvent('function', all.reload);
  if (!all.data) {
    return all.error === undefined ? <Waiting /> : <Failed error={all.error} retry={all.reload} />;
  }
  return all.data.items.length === 0 ? (
    <Empty title={t('fn.no_history')} />
  ) : (
    <section class="card" aria-label={t('fn.history')}>
      <HistoryList entries={newestFirst(all.data.items)} named />
    </section>
  );
}
