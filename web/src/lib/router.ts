// The address is the state of the page. Links are ordinary links; clicks on them stay in the page.
import { createStore, useStore } from './store';

export interface Place {
  path: string;
  query: URLSearchParams;
}

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

const place = createStore<Place>(here());
let guard: ((to: URL) => Promise<boolean>) | undefined;

export function usePlace(): Place {
  return useStore(place);
}

// Asked before the page is left with something unsaved; only one form guards at a time.
export function setGuard(next: ((to: URL) => Promise<boolean>) | undefined): void {
  guard = next;
}

// Scroll positions belong to the entry in the history, so that one comes back to one's place.
function keepScroll(): void {
  const tops: Record<string, number> = {};
  for (const element of document.querySelectorAll<HTMLElement>('[data-scroll]')) {
    tops[element.dataset.scroll ?? ''] = element.scrollTop;
  }
  history.replaceState({ tops }, '');
}

function restoreScroll(state: unknown, tries = 40): void {
  const tops = (state as { tops?: Record<string, number> } | null)?.tops ?? {};
  let missing = false;
  for (const [name, top] of Object.entries(tops)) {
    const element = document.querySelector<HTMLElement>(`[data-scroll="${name}"]`);
    if (element) {
      element.scrollTop = top;
    }
    missing = missing || (top > 0 && (!element || Math.abs(element.scrollTop - top) > 2));
  }
  if (missing && tries > 0) {
    window.setTimeout(() => restoreScroll(state, tries - 1), 25);
  }
}

function arrive(fromPath: string): void {
  place.set(here());
  if (location.pathname !== fromPath) {
    document.querySelector('main')?.scrollTo(0, 0);
    window.setTimeout(() => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }), 0);
  }
}

export async function navigate(href: string, replace = false): Promise<void> {
  const from = location.pathname;
  if (!replace && guard && !(await guard(new URL(href, location.href)))) {
    return;
  }
  keepScroll();
  if (replace) {
    history.replaceState(history.state, '', href);
  } else {
    history.pushState(null, '', href);
  }
  arrive(from);
}

// The address of this page with another query.
export function withQuery(query: URLSearchParams): string {
  const text = query.toString().replace(/%3A/g, ':').replace(/%2C/g, ',');
  return location.pathname + (text ? `?${text}` : '');
}

function onClick(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest('a');
  if (
    !link ||
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey ||
    link.target ||
    link.hasAttribute('download') ||
    link.origin !== location.origin ||
    link.getAttribute('href')?.startsWith('#')
  ) {
    return;
  }
  event.preventDefault();
  const href = link.pathname + link.search + link.hash;
  void navigate(href, href === location.pathname + location.search);
}

let current = location.pathname;

async function onPop(event: PopStateEvent): Promise<void> {
  const from = current;
  if (guard && location.pathname !== from && !(await guard(new URL(location.href)))) {
    history.forward();
    return;
  }
  arrive(from);
  restoreScroll(event.state);
}

export function startRouter(): void {
  history.scrollRestoration = 'manual';
  document.addEventListener('click', onClick);
  addEventListener('popstate', (event) => void onPop(event));
  place.subscribe(() => {
    current = location.pathname;
  });
}
