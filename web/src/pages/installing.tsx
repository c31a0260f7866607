// An installation under way: its steps, and calm words while the server restarts (PRF-45, SYS-129).
import { installSteps } from '../api/functiontypes';
import { post } from '../api/http';
import type { Watched } from '../api/installation';
import { code, t } from '../lib/i18n';
import { fail } from '../parts/toast';

function look(index: number, at: number): 'done' | 'now' | 'next' {
  return index < at ? 'done' : index === at ? 'now' : 'next';
}

export function Installing({ watched }: { watched: Watched }) {
  // What is put back has been through all of them.
  const at = watched.state === 'restoring' ? installSteps.length : Math.max(0, (installSteps as readonly string[]).indexOf(watched.state));
  return (
    <section class="card" aria-labelledby="fn-installing">
      <h2 id="fn-installing">{t('fn.installing')}</h2>
      <p>{watched.functions.join(', ')}</p>
      <ol class="fn-steps">
        {installSteps.map((step, index) => (
          <li key={step} class={look(index, at)} aria-current={index === at ? 'step' : undefined}>
            {code('install_step', step)}
          </li>
        ))}
      </ol>
      <p role="status">{watched.away ? t('fn.away') : watched.text || code('install_step', watched.state)}</p>
      {watched.waits && (
        <p>
          <button type="button" class="button" onClick={() => void post('/functions/cancel').catch(fail)}>
            {t('fn.cancel')}
          </button>
        </p>
      )}
      <p class="help">{t('fn.no_action')}</p>
    </section>
  );
}
