// Things with a parent as the lines of a tree. A parent that is not known counts as none; a ring of
// parents, which nobody can make, has no top and is left out.
export interface Node {
  id: string;
  name: string;
  parent: string | null;
}

export interface Branch<T> {
  node: T;
  depth: number;
  children: number;
}

// From the top down, each below its parent, by name; what is folded away is left out.
export function branches<T extends Node>(nodes: T[], folded: ReadonlySet<string>): Branch<T>[] {
  const known = new Set(nodes.map((node) => node.id));
  const byParent = new Map<string, T[]>();
  for (const node of [...nodes].sort((a, b) => a.name.localeCompare(b.name))) {
    const parent = node.parent && known.has(node.parent) ? node.parent : '';
    const siblings = byParent.get(parent);
    if (siblings) {
      siblings.push(node);
    } else {
      byParent.set(parent, [node]);
    }
  }
  const out: Branch<T>[] = [];
  const add = (parent: string, depth: number) => {
    for (const node of byParent.get(parent) ?? []) {
      out.push({ node, depth, children: byParent.get(node.id)?.length ?? 0 });
      if (!folded.has(node.id)) {
        add(node.id, depth + 1);
      }
    }
  };
  add('', 0);
  return out;
}

// Neither a thing itself nor what lies below it can be its parent.
export function possibleParents<T extends Node>(nodes: T[], id: string | undefined): T[] {
  const below = new Set(id === undefined ? [] : [id]);
  for (let size = -1; size !== below.size; ) {
    size = below.size;
    for (const node of nodes) {
      if (node.parent && below.has(node.parent)) {
        below.add(node.id);
      }
    }
  }
  return nodes.filter((node) => !below.has(node.id));
}
