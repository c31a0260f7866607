// The window's icon tells the worst state of the fleet: normal, errors, service calls (DEV-161).
import { summary } from './summary';

declare const ICON_FILES: Record<'normal' | 'error' | 'service', string>;

function draw(): void {
  const counts = summary.get()?.severity;
  const state = !counts ? 'normal' : counts.service > 0 ? 'service' : counts.error > 0 ? 'error' : 'normal';
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link && link.getAttribute('href') !== ICON_FILES[state]) {
    link.href = ICON_FILES[state];
  }
}

export function startFavicon(): void {
  draw();
  summary.subscribe(draw);
}
