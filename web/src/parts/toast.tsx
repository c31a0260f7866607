// Short messages at the edge: what was done, with a way back where there is one. Failures stay
// until they are closed.
import { explain } from '../api/problem';
import { t } from '../lib/i18n';
import { createStore, useStore } from '../lib/store';
import { Icon } from './icons';

interface Toast {
  id: number;
  tone: 'ok' | 'error';
  text: string;
  link?: { href: string; text: string };
  undo?: () => void;
}

const toasts = createStore<Toast[]>([]);
let next = 1;

function drop(id: number): void {
  toasts.set((old) => old.filter((toast) => toast.id !== id));
}

export function toast(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const id = next++;
  toasts.set((old) => [...old.slice(-3), { id, tone: 'ok', text, ...more }]);
  if (more.tone !== 'error') {
    window.setTimeout(() => drop(id), more.undo || more.link ? 10000 : 5000);
  }
}

export function fail(error: unknown): void {
  toast(explain(error), { tone: 'error' });
}

export function ToastHost() {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((item) => (
        <div key={item.id} class={`toast tone-${item.tone}`}>
          <span>{item.text}</span>
          {item.link && <a href={item.link.href}>{item.link.text}</a>}
          {item.undo && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                item.undo?.();
                drop(item.id);
              }}
            >
              {t('action.undo')}
            </button>
          )}
          <button type="button" class="button plain small" aria-label={t('action.close')} onClick={() => drop(item.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
