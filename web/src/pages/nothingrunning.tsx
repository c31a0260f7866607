// Before functions change: no task should be running, none be due (PRF-47, SYS-125).
import { t, tn } from '../lib/i18n';
import { useStore } from '../lib/store';
import { openRuns } from '../shell/summary';

export function NothingRunning() {
  const running = useStore(openRuns).length;
  return (
    <div class={running > 0 ? 'notice tone-warning' : 'help'}>
      <p>
        {running > 0 ? tn('fn.running', running) : t('fn.none_running')} <a href="/runs">{t('menu.runs')}</a> · <a href="/tasks">{t('menu.task_list')}</a>
      </p>
    </div>
  );
}
