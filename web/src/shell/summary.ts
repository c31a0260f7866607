// The counts that header, favicon and dashboard show, kept up to date by events.
import { useEffect } from 'preact/hooks';
import { get } from '../api/http';
import { onEvent } from '../api/events';
import { me } from '../api/session';
import type { Dashboard, Page, Run } from '../api/types';
import { createStore } from '../lib/store';
import { isOpen } from '../parts/runbar';
import { mayUse } from './entries';

export const summary = createStore<Dashboard | undefined>(undefined);
export const openRuns = createStore<Run[]>([]);

async function load(): Promise<void> {
  try {
    summary.set((await get<Dashboard>('/dashboard')).data);
    if (mayUse('tasks')) {
      const open = ['running', 'waiting'].map((state) => get<Page<Run>>(`/runs?f=state:eq:${state}&size=20`));
      openRuns.set((await Promise.all(open)).flatMap((answer) => answer.data.items));
    }
  } catch {
    // The pages themselves report what fails; the header just shows no counts.
  }
}

function onRun(run: Run): void {
  openRuns.set((old) => {
    const known = old.some((other) => other.id === run.id);
    if (!isOpen(run)) {
      return known ? old.filter((other) => other.id !== run.id) : old;
    }
    return known ? old.map((other) => (other.id === run.id ? { ...other, ...run } : other)) : [run, ...old];
  });
}

export function useSummary(): void {
  useEffect(() => {
    void load();
    const stops = [
      onEvent('summary', (counts) => summary.set((old) => (old ? { ...old, ...counts } : counts))),
      onEvent('run', onRun),
      onEvent('reset', () => void load()),
    ];
    return () => {
      stops.forEach((stop) => stop());
      if (!me.get()) {
        summary.set(undefined);
        openRuns.set([]);
      }
    };
  }, []);
}
