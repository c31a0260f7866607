// Kinds of tasks: their words, and what groups them (TSK-10).
import { useResource } from '../api/resource';
import type { TaskKind } from '../api/types';
import { codeWord, t, word } from '../lib/i18n';
import type { FilterField } from '../parts/filterfield';
import { mayUse } from '../shell/entries';

export const TARGETS_MAX = 5000; // TSK-38

// Devices that go from a list to the form of a task: in the address, or kept here when they are too many
// for one.
const ADDRESS_MAX = 300;
let kept: string[] = [];

export function handOver(ids: string[]): string {
  kept = ids.slice(0, TARGETS_MAX);
  return ids.length > ADDRESS_MAX ? 'selected' : ids.join(',');
}

export const handedOver = (text: string) => (text === 'selected' ? kept : text.split(','));

// "[Printer] Discover" without its prefix.
const bare = (title: string) => title.replace(/^\[[^\]]*\]\s*/, '');

export const kindGroup = (kind: TaskKind) => kind.group ?? /^\[([^\]]+)\]/.exec(word(kind.title))?.[1] ?? '';
export const groupWord = (group: string) => codeWord('kind_group', group) ?? (group || t('kind_group.Other'));
export const kindWord = (id: string, kinds: TaskKind[] | undefined) => codeWord('kind', id) ?? bare(word(kinds?.find((kind) => kind.id === id)?.title ?? id));

export function useKinds() {
  return useResource<{ items: TaskKind[] }>(mayUse('tasks') ? '/task-kinds' : null, true);
}

export function byGroup(kinds: TaskKind[]): [string, TaskKind[]][] {
  const groups = new Map<string, TaskKind[]>();
  for (const kind of kinds) {
    const group = kindGroup(kind);
    groups.set(group, [...(groups.get(group) ?? []), kind]);
  }
  return [...groups].sort(([a], [b]) => groupWord(a).localeCompare(groupWord(b)));
}

// Kinds that change devices can be tried without changing anything, and go out in waves.
export const canPreview = (kind: TaskKind) => Boolean(kind.writes || kind.flow || kind.script);

export function kindFilter(kinds: TaskKind[] | undefined): FilterField {
  const options = (kinds ?? []).map((kind) => ({ value: kind.id, label: `${groupWord(kindGroup(kind))}: ${kindWord(kind.id, kinds)}` }));
  return { id: 'kind', label: t('run.kind'), type: 'choice', options: options.sort((a, b) => a.label.localeCompare(b.label)) };
}
