// Owns the graph of models: who reads whom, and the order to build in. Linear in nodes and edges.

export interface Graph {
  /** Every node to the nodes it reads, sorted; nodes that are not in the graph are left out. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  /** Every node to the nodes that read it, sorted. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** Parents first: by level (longest way from a node without parents), then by id. Nodes on or behind a cycle are not in it. */
  readonly order: readonly string[];
  /** The level of each node in `order`, from 0. */
  readonly levels: ReadonlyMap<string, number>;
}

/** The graph of `node -> the nodes it reads`. The order of the map and of the lists does not count. */
export function buildGraph(nodes: ReadonlyMap<string, readonly string[]>): Graph {
  const parents = new Map<string, readonly string[]>();
  const children = new Map<string, string[]>();
  const waitsFor = new Map<string, number>();
  const ids = [...nodes.keys()].sort();
  for (const id of ids) children.set(id, []);
  for (const id of ids) {
    const known = [...new Set(nodes.get(id))].filter((parent) => nodes.has(parent)).sort();
    parents.set(id, known);
    waitsFor.set(id, known.length);
    // Ids come sorted, so every list of children is sorted too.
    for (const parent of known) children.get(parent)?.push(id);
  }

  const levels = new Map<string, number>();
  const order: string[] = [];
  let ready = ids.filter((id) => waitsFor.get(id) === 0);
  for (let level = 0; ready.length > 0; level++) {
    const next: string[] = [];
    for (const id of ready) {
      levels.set(id, level);
      order.push(id);
      for (const child of children.get(id) ?? []) {
        const left = (waitsFor.get(child) ?? 0) - 1;
        waitsFor.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    ready = next.sort();
  }
  return { parents, children, order, levels };
}
