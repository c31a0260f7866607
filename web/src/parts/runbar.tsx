// The progress of a run as one bar by state, with the counts in words below.
import { code, t } from '../lib/i18n';
import { formatNumber, formatPercent } from '../lib/format';
import { runStates, type Run } from '../api/types';
import { Status, tone } from './status';

// Progress as the run gives it, else from the counts of what has ended.
export function progressOf(run: Run): number | null {
  if (run.progress !== null && run.progress !== undefined) {
    return run.progress;
  }
  const total = run.counts.total ?? 0;
  if (total === 0) {
    return null;
  }
  const open = (run.counts.waiting ?? 0) + (run.counts.running ?? 0);
  return Math.round(((total - open) / total) * 100);
}

export const isOpen = (run: Run) => run.state === 'waiting' || run.state === 'running';

// A target that has not ended has no row to show.
const ended = (state: string) => state !== 'waiting' && state !== 'running';

interface RunBarProps {
  run: Run;
  counts?: (state: string) => string;
}

export function RunBar({ run, counts }: RunBarProps) {
  const total = run.counts.total ?? 0;
  const progress = progressOf(run);
  const present = runStates.filter((state) => (run.counts[state] ?? 0) > 0);
  // A search counts addresses, not its one target.
  const search = run.search && isOpen(run) ? run.search : undefined;
  return (
    <div class="runbar">
      <div
        class="runbar-track"
        role="progressbar"
        aria-label={t('run.progress_of', { name: run.name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={progress ?? undefined}
      >
        {search ? (
          <>
            <span class="runbar-part tone-busy" style={{ '--part': String(search.done) }} />
            <span class="runbar-part run-waiting" style={{ '--part': String(Math.max(0, search.total - search.done)) }} />
          </>
        ) : (
          present.map((state) => (
            <span
              key={state}
              class={`runbar-part tone-${tone('run', state)} run-${state}`}
              style={{ '--part': String(run.counts[state] ?? 0) }}
            />
          ))
        )}
      </div>
      {counts && (
        <ul class="runbar-counts">
          {present.map((state) => {
            const words = (
              <Status family="run" value={state}>
                {code('run', state)} <b>{formatNumber(run.counts[state] ?? 0)}</b>
              </Status>
            );
            return <li key={state}>{ended(state) ? <a href={counts(state)}>{words}</a> : words}</li>;
          })}
          <li>
            <a href={counts('')}>
              {t('run.all')} <b>{formatNumber(total)}</b>
            </a>
          </li>
          {progress !== null && isOpen(run) && <li class="quiet">{formatPercent(progress)}</li>}
          {run.search && <li>{t('run.search', { done: run.search.done, total: run.search.total, found: run.search.found })}</li>}
        </ul>
      )}
    </div>
  );
}
