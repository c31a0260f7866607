// The steps of a test in the order in which they were tried: which went well, and what was said at
// the one that did not.
import type { TestStep } from '../api/types';
import { code, t } from '../lib/i18n';
import { Status } from '../parts/status';

export function Steps({ steps }: { steps: TestStep[] }) {
  return (
    <div role="status" aria-label={t('settings.test_result')}>
      <ol class="rows stacked">
        {steps.map((step, index) => (
          <li key={index}>
            <Status family="run" value={step.ok ? 'success' : 'error'}>
              <b>{code('directory_step', step.step)}</b>
            </Status>
            {step.text && <span class="quiet">{step.text}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}
