// A preview: what a task would change on each device. Nothing is sent to them.
import { useEvent } from '../api/events';
import { useResource } from '../api/resource';
import type { Page, Run, RunTarget } from '../api/types';
import { codeWord, t, tn } from '../lib/i18n';
import { Changes } from '../parts/changes';
import { Dialog } from '../parts/dialog';
import { Pending } from '../parts/message';
import { isOpen, RunBar } from '../parts/runbar';
import { Status } from '../parts/status';

const SHOWN = 50;

function Difference({ target }: { target: RunTarget }) {
  const name = target.name || target.address || target.id;
  const changes = target.changes ?? [];
  return (
    <li>
      <span class="row-line">
        <b>{name}</b>
        <Status family="run" value={target.state} />
      </span>
      {changes.length > 0 ? (
        <Changes changes={changes} label={t('changes.of', { name })} />
      ) : (
        <span class="quiet">{target.state === 'success' ? t('preview.no_change') : [target.code && codeWord('error', target.code), target.text].filter(Boolean).join(' — ')}</span>
      )}
    </li>
  );
}

export function PreviewDialog({ run: id, onClose }: { run: string; onClose: () => void }) {
  const run = useResource<Run>(`/runs/${id}`);
  const ended = run.data !== undefined && !isOpen(run.data);
  const targets = useResource<Page<RunTarget>>(ended ? `/runs/${id}/targets?size=${SHOWN}` : null);
  useEvent('run', (data) => data.id === id && (isOpen(data) ? run.change((old) => ({ ...old, ...data })) : run.reload()));
  useEvent('reset', run.reload);
  return (
    <Dialog title={t('preview.title')} onClose={onClose} wide>
      <p class="quiet">{t('preview.text')}</p>
      {!run.data ? <Pending of={[run]} /> : <RunBar run={run.data} />}
      {ended && <p role="status">{tn('preview.changed', run.data?.changed ?? 0)}</p>}
      {ended && !targets.data && <Pending of={[targets]} />}
      <ul class="rows stacked">{targets.data?.items.map((target) => <Difference key={target.id} target={target} />)}</ul>
      {(targets.data?.total ?? 0) > SHOWN && <p class="quiet">{tn('targets.more', (targets.data?.total ?? 0) - SHOWN)}</p>}
      <div class="actions">
        <a class="button" href={`/runs/${id}`} target="_blank" rel="noopener">
          {t('run.details')}
        </a>
        <button type="button" class="button primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  );
}
