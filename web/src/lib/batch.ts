// The steps of a batch task as a tree: subtasks in order, after each the branch of its result, then
// what always follows (TSK-55 to TSK-65).
import type { Json } from './schema';

export const branches = ['success', 'warning', 'error', 'always'] as const;
export type Branch = (typeof branches)[number];
export const endings = ['success', 'error', 'keep'] as const;
export const DEPTH = 8;

export interface Subtask {
  do: 'subtask';
  name: string;
  kind: string;
  settings: Json;
  success?: Step[];
  warning?: Step[];
  error?: Step[];
  always?: Step[];
}

export interface End {
  do: 'end';
  result: string;
}

export type Step = Subtask | End;

// Where a step stands: "0", "0/error/1". A branch is "0/error".
export type Path = string;

const parts = (path: Path) => path.split('/');
export const branchesOf = (step: Subtask) => branches.filter((branch) => (step[branch]?.length ?? 0) > 0);
export const depthOf = (path: Path) => Math.ceil(parts(path).length / 2);
export const isBranch = (path: Path) => parts(path).length % 2 === 0;
export const parentOf = (path: Path): Path | undefined => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined);

export function stepAt(steps: Step[], path: Path): Step | undefined {
  const [index, branch, ...rest] = parts(path);
  const step = steps[Number(index)];
  if (branch === undefined || !step) {
    return step;
  }
  const inner = step.do === 'subtask' ? step[branch as Branch] : undefined;
  return rest.length === 0 || !inner ? undefined : stepAt(inner, rest.join('/'));
}

// The list that a step stands in, changed by `change`; everything else stays as it is.
function inList(steps: Step[], path: Path, change: (list: Step[], index: number) => Step[]): Step[] {
  const [index, branch, ...rest] = parts(path);
  const at = Number(index);
  if (branch === undefined) {
    return change(steps, at);
  }
  return steps.map((step, n) => {
    if (n !== at || step.do !== 'subtask') {
      return step;
    }
    return { ...step, [branch]: inList(step[branch as Branch] ?? [], rest.join('/'), change) };
  });
}

export function replace(steps: Step[], path: Path, fresh: Step): Step[] {
  return inList(steps, path, (list, at) => list.map((step, n) => (n === at ? fresh : step)));
}

export function removeAt(steps: Step[], path: Path): Step[] {
  return inList(steps, path, (list, at) => list.filter((_, n) => n !== at));
}

// After a step, or at the end of one of its branches; without a step at the end of all. Gives the new
// place too.
export function insert(steps: Step[], path: Path | undefined, where: 'after' | Branch, fresh: Step): { steps: Step[]; path: Path } {
  if (path === undefined) {
    return { steps: [...steps, fresh], path: String(steps.length) };
  }
  const step = stepAt(steps, path);
  if (where !== 'after' && step?.do === 'subtask') {
    const own = step[where] ?? [];
    return { steps: replace(steps, path, { ...step, [where]: [...own, fresh] }), path: `${path}/${where}/${own.length}` };
  }
  const before = parts(path);
  const at = Number(before.pop()) + 1;
  const put = inList(steps, path, (list, index) => [...list.slice(0, index + 1), fresh, ...list.slice(index + 1)]);
  return { steps: put, path: [...before, at].join('/') };
}

// One place up or down in its list; undefined when there is none.
export function move(steps: Step[], path: Path, by: 1 | -1): { steps: Step[]; path: Path } | undefined {
  const before = parts(path);
  const to = Number(before.pop()) + by;
  const target = [...before, to].join('/');
  if (to < 0 || !stepAt(steps, target)) {
    return undefined;
  }
  const swapped = inList(steps, path, (list, at) => {
    const next = [...list];
    const moved = next.splice(at, 1);
    next.splice(at + by, 0, ...moved);
    return next;
  });
  return { steps: swapped, path: target };
}

// All places in the order in which they are read: a step, its branches, their steps.
export function places(steps: Step[], at: Path = ''): Path[] {
  return steps.flatMap((step, n) => {
    const own = `${at}${n}`;
    const below = step.do === 'subtask' ? branchesOf(step).flatMap((branch) => [`${own}/${branch}`, ...places(step[branch] ?? [], `${own}/${branch}/`)]) : [];
    return [own, ...below];
  });
}

// Every branch is there, as the server stores it.
export function complete(steps: Step[]): Step[] {
  return steps.map((step) => {
    if (step.do === 'end') {
      return step;
    }
    const own = Object.fromEntries(branches.map((branch) => [branch, complete(step[branch] ?? [])]));
    return { ...step, ...own };
  });
}
