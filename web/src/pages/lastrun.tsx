// The last run of a task with its state, in lists of tasks. The runs of a page of them are asked for
// at once.
import { useResource } from '../api/resource';
import type { Page, Run } from '../api/types';
import { code, t } from '../lib/i18n';
import { Status } from '../parts/status';
import { Time } from '../parts/time';

export function useRuns(ids: (string | null)[]): { runs: Run[]; reload: () => void } {
  const wanted = [...new Set(ids.filter((id) => id !== null))].sort();
  const found = useResource<Page<Run>>(wanted.length > 0 ? `/runs?f=id:in:${wanted.join(',')}&size=200` : null, true);
  return { runs: found.data?.items ?? [], reload: found.reload };
}

export function LastRun({ id, runs }: { id: string | null; runs: Run[] }) {
  if (!id) {
    return <span class="none">–</span>;
  }
  const last = runs.find((run) => run.id === id);
  if (!last) {
    return <a href={`/runs/${id}`}>{t('run.details')}</a>;
  }
  return (
    <a class="quiet-link" href={`/runs/${last.id}`}>
      <Status family="run" value={last.state}>
        {code('run', last.state)}{' '}
        <span class="quiet">
          <Time value={last.ended ?? last.started ?? last.created} />
        </span>
      </Status>
    </a>
  );
}
