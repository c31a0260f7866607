// A point in time: how long ago beside its exact value, which the pointer shows.
import { useEffect } from 'preact/hooks';
import { formatRelative, formatTime, formatTimeExact } from '../lib/format';
import { createStore, useStore } from '../lib/store';

const now = createStore(Date.now());
let users = 0;
let timer = 0;

// One clock for all times on the page; it stands still when nothing shows one.
export function useNow(every = 15000): number {
  useEffect(() => {
    users += 1;
    if (users === 1) {
      timer = window.setInterval(() => now.set(Date.now()), every);
    }
    return () => {
      users -= 1;
      if (users === 0) {
        window.clearInterval(timer);
      }
    };
  }, [every]);
  return useStore(now);
}

export function Time({ value, exact = false }: { value: string | null | undefined; exact?: boolean }) {
  const moment = useNow();
  if (!value) {
    return <span class="none">–</span>;
  }
  const relative = exact ? undefined : formatRelative(value, Math.max(moment, Date.now() - 60000));
  return (
    <time dateTime={value} title={formatTimeExact(value)}>
      {relative ?? formatTime(value)}
    </time>
  );
}
