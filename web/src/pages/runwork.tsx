// What can be done with a run: halt, resume, cancel, recover; and which wave goes out when.
import { post } from '../api/http';
import type { Run } from '../api/types';
import { t, tn } from '../lib/i18n';
import { confirm } from '../parts/confirm';
import { Icon } from '../parts/icons';
import { isOpen } from '../parts/runbar';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { mayUse } from '../shell/entries';

const openTargets = (run: Run) => (run.counts?.waiting ?? 0) + (run.counts?.running ?? 0);
const failedTargets = (run: Run) => (run.counts?.error ?? 0) + (run.counts?.timeout ?? 0);

async function cancel(run: Run): Promise<void> {
  const yes = await confirm({
    title: run.halted ? t('run.cancel_rest_title') : t('run.cancel_title'),
    text: run.halted ? tn('run.cancel_rest_text', openTargets(run)) : tn('run.cancel_text', openTargets(run)),
    action: t('run.cancel'),
    cancel: run.halted ? t('action.cancel') : t('run.keep'),
  });
  if (yes) {
    await post(`/runs/${run.id}/cancel`);
    toast(t('run.cancelling'));
  }
}

async function halt(run: Run): Promise<void> {
  await post(`/runs/${run.id}/halt`);
  toast(t('run.halting'), { undo: () => void post(`/runs/${run.id}/resume`).catch(fail) });
}

async function resume(run: Run): Promise<void> {
  await post(`/runs/${run.id}/resume`);
  toast(tn('run.resumed', openTargets(run)));
}

// Buttons of the head; a halted run has its own in the bar below.
export function RunActions({ run, onChange }: { run: Run; onChange: () => void }) {
  if (run.builtin || !mayUse('tasks')) {
    return null;
  }
  const act = (what: (run: Run) => Promise<void>) => () => void what(run).then(onChange, fail);
  if (!isOpen(run)) {
    return failedTargets(run) > 0 && run.mode !== 'preview' ? (
      <a class="button" href={`/tasks/new?kind=${encodeURIComponent(run.kind)}&recover=${run.id}`}>
        <Icon name="refresh" />
        {t('run.recover')}
      </a>
    ) : null;
  }
  return run.halted ? null : (
    <>
      <button type="button" class="button" onClick={act(halt)}>
        <Icon name="pause" />
        {t('run.halt')}
      </button>
      <button type="button" class="button danger" onClick={act(cancel)}>
        <Icon name="stop" />
        {t('run.cancel')}
      </button>
    </>
  );
}

// Why nothing goes on, and what each way out does to how many.
export function HaltBar({ run, onChange }: { run: Run; onChange: () => void }) {
  if (!run.halted || !isOpen(run)) {
    return null;
  }
  const open = openTargets(run);
  const act = (what: (run: Run) => Promise<void>) => () => void what(run).then(onChange, fail);
  return (
    <section class="notice tone-warning halt-bar" role="status" aria-label={t('run.halted')}>
      <p>
        <b>{t('run.halted')}</b> <Time value={run.halted} />: {tn('run.halted_failed', failedTargets(run))} {tn('run.halted_text', open)}
      </p>
      {!run.builtin && mayUse('tasks') && (
        <div class="actions">
          <button type="button" class="button primary" onClick={act(resume)}>
            <Icon name="play" />
            {tn('run.resume', open)}
          </button>
          <button type="button" class="button danger" onClick={act(cancel)}>
            <Icon name="stop" />
            {t('run.cancel')}
          </button>
        </div>
      )}
    </section>
  );
}

// Waves count from 0 in the API, from 1 for people.
export function Wave({ run }: { run: Run }) {
  const waves = run.waves ?? 1;
  if (waves < 2) {
    return null;
  }
  return (
    <li>
      {t('run.wave', { wave: Math.min(waves, (run.wave ?? 0) + 1), waves })}
      {isOpen(run) && !run.halted && run.next_wave_at && (
        <span>
          {' '}
          <span class="quiet">{t('run.next_wave')}</span> <Time value={run.next_wave_at} />
        </span>
      )}
    </li>
  );
}
