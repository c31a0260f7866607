// Keys without a modifier; they can be switched off, since some people's tools send such keys.
import { useEffect } from 'preact/hooks';
import { settings } from '../api/session';
import { navigate } from '../lib/router';

const places: Record<string, string> = { h: '/', d: '/devices', s: '/discovery', r: '/runs', b: '/built-in-tasks' };

export function shortcutsOn(): boolean {
  return settings.get()['shortcuts'] !== false;
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest('input, textarea, select, [contenteditable], dialog');
}

export function useShortcuts(onHelp: () => void): void {
  useEffect(() => {
    let going = 0; // until when a letter after "g" names a place
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !shortcutsOn()) {
        return;
      }
      const target = places[event.key];
      if (Date.now() < going && target) {
        going = 0;
        void navigate(target);
      } else if (event.key === '/') {
        event.preventDefault();
        document.getElementById('search')?.focus();
      } else if (event.key === '?') {
        onHelp();
      } else if (event.key === 'g') {
        going = Date.now() + 1500;
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
