// Server-sent events. One connection for the whole page; it comes back by itself.
import { useEffect, useRef } from 'preact/hooks';
import { createStore } from '../lib/store';
import type { Dashboard, Run } from './types';

export interface EventMap {
  device: { count: number; ids: string[] };
  run: Run;
  'target-result': { run: string; counts: Run['counts']; targets: string[] };
  alert: { device: string; severity: string; raised: boolean };
  summary: Dashboard;
  function: Record<string, unknown>;
  reset: Record<string, never>;
}
type Name = keyof EventMap;

const names: Name[] = ['device', 'run', 'target-result', 'alert', 'summary', 'function', 'reset'];
const listeners = new Map<Name, Set<(data: never) => void>>();
export const connected = createStore<'no' | 'yes' | 'lost'>('no');

let source: EventSource | undefined;
let retry = 0;
let timer = 0;
let last = ''; // number of the last event

function dispatch(name: Name, text: string): void {
  let data: unknown;
  try {
    data = JSON.parse(text || '{}');
  } catch {
    return;
  }
  for (const listener of [...(listeners.get(name) ?? [])]) {
    listener(data as never);
  }
}

export function connect(): void {
  disconnect();
  // The browser itself resumes after the last event; a connection that we begin anew says where.
  source = new EventSource(last ? `/api/v1/events?last=${last}` : '/api/v1/events');
  source.onopen = () => {
    retry = 0;
    connected.set('yes');
  };
  source.onerror = () => {
    connected.set('lost');
    // The browser tries again after a broken line, but gives up after an HTTP error.
    if (source?.readyState === EventSource.CLOSED) {
      retry = Math.min(retry + 1, 6);
      timer = window.setTimeout(connect, 1000 * 2 ** retry);
    }
  };
  for (const name of names) {
    source.addEventListener(name, (event) => {
      const { data, lastEventId } = event as MessageEvent<string>;
      last = lastEventId || last;
      dispatch(name, data);
    });
  }
}

export function disconnect(): void {
  window.clearTimeout(timer);
  source?.close();
  source = undefined;
}

export function onEvent<N extends Name>(name: N, listener: (data: EventMap[N]) => void): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set);
  set.add(listener as (data: never) => void);
  return () => set.delete(listener as (data: never) => void);
}

export function useEvent<N extends Name>(name: N, listener: (data: EventMap[N]) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => onEvent(name, (data) => latest.current(data)), [name]);
}
