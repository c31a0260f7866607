// What stands in the place of content: waiting, failed, nothing there and what to do next.
import type { ComponentChildren } from 'preact';
import { explain } from '../api/problem';
import { t } from '../lib/i18n';

export function Waiting() {
  return (
    <p class="waiting" role="status">
      {t('state.loading')}
    </p>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="notice tone-error" role="alert">
      <p>{explain(error)}</p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          {t('action.retry')}
        </button>
      )}
    </div>
  );
}

// As long as something that a page needs is not there: which failed, or that one waits.
export function Pending({ of }: { of: { error: unknown; reload: () => void }[] }) {
  const failed = of.find((one) => one.error !== undefined);
  return failed ? <Failed error={failed.error} retry={failed.reload} /> : <Waiting />;
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
