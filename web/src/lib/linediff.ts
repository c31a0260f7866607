// Two texts line by line: what went, what came. The common start and end go first; what is left is
// compared by the longest common run of lines, or as a whole when it is too long for that.
export interface DiffLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
  before?: number; // line numbers, from 1
  after?: number;
}

const MOST = 4_000_000; // cells of the table

export function lineDiff(before: string, after: string): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    start += 1;
  }
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) {
    end += 1;
  }
  const out: DiffLine[] = [];
  const same = (i: number, j: number) => out.push({ kind: 'same', text: a[i] ?? '', before: i + 1, after: j + 1 });
  const gone = (i: number) => out.push({ kind: 'gone', text: a[i] ?? '', before: i + 1 });
  const fresh = (j: number) => out.push({ kind: 'new', text: b[j] ?? '', after: j + 1 });
  for (let i = 0; i < start; i++) {
    same(i, i);
  }
  middle(a.slice(start, a.length - end), b.slice(start, b.length - end), {
    same: (i, j) => same(start + i, start + j),
    gone: (i) => gone(start + i),
    fresh: (j) => fresh(start + j),
  });
  for (let i = end; i > 0; i--) {
    same(a.length - i, b.length - i);
  }
  return out;
}

interface Steps {
  same: (i: number, j: number) => void;
  gone: (i: number) => void;
  fresh: (j: number) => void;
}

function middle(a: string[], b: string[], { same, gone, fresh }: Steps): void {
  const width = b.length + 1;
  const small = (a.length + 1) * width <= MOST;
  // How many lines both have in common from (i, j) on.
  const common = new Uint32Array(small ? (a.length + 1) * width : 0);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; small && i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (small && i < a.length && j < b.length && a[i] === b[j]) {
      same(i++, j++);
    } else if (i < a.length && (j >= b.length || !small || at(i + 1, j) >= at(i, j + 1))) {
      gone(i++);
    } else {
      fresh(j++);
    }
  }
}

// Only what changed, with a few lines around; undefined stands for what was left out.
export function around(lines: DiffLine[], context = 3): (DiffLine | undefined)[] {
  const near = new Set<number>();
  lines.forEach((line, n) => {
    for (let i = n - context; line.kind !== 'same' && i <= n + context; i++) {
      near.add(i);
    }
  });
  const out: (DiffLine | undefined)[] = [];
  lines.forEach((line, n) => {
    if (near.has(n)) {
      out.push(line);
    } else if (out.length === 0 || out[out.length - 1] !== undefined) {
      out.push(undefined);
    }
  });
  return out;
}
