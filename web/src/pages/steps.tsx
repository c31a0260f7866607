// The steps of a test in the order in which they were tried: which went well, and what was said at
// the one that did not.
import type { TestStep } from '../api/types';
import { code, t } from '../lib/i18n';
import { Status } from '../parts/status';

export function Steps({ steps }: { steps: TestStep[] }) {
  return (
    <ol class="rows stacked" role="status" aria-label={t('settings.test_result')}>
      {steps.map((step) => (
        <li key={step.step}>
          <Status family="run" value={step.ok ? 'success' : 'error'}>
            <b>{code('directory_step', step.step)}</b>
          </Status>
          {step.text && <span class="quiet">{step.text}</span>}
        </li>
      ))}
    </ol>
  );
}
