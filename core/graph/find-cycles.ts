// Owns finding models that wait for each other, and the shortest way round through each knot.

export interface Cycle {
  /** The shortest way round (in a knot beyond 300 models: a short one); the first id is also the last. */
  readonly path: readonly string[];
  /** Every node of the knot, sorted: all of them reach each other. */
  readonly members: readonly string[];
}

/**
 * One cycle per knot (strongly connected component), sorted. A knot may hold more ways round than the one shown: their
 * number can grow exponentially, and breaking the shortest is the next step in any case.
 */
export function findCycles(nodes: ReadonlyMap<string, readonly string[]>): readonly Cycle[] {
  const cycles: Cycle[] = [];
  for (const members of components(nodes)) {
    const first = members[0];
    if (first === undefined) continue;
    if (members.length === 1 && !nodes.get(first)?.includes(first)) continue;
    cycles.push({ path: shortestWayRound(nodes, members), members });
  }
  return cycles.sort((a, b) => ((a.members[0] ?? "") < (b.members[0] ?? "") ? -1 : 1));
}

// Searching from every member costs members times edges: a large knot is searched from its first few ids only.
const SEARCHED_NODES = 100_000;

function shortestWayRound(nodes: ReadonlyMap<string, readonly string[]>, members: readonly string[]): string[] {
  const inside = new Set(members);
  let best: string[] = [];
  for (const start of members.slice(0, Math.ceil(SEARCHED_NODES / members.length))) {
    const found = wayBackTo(start, nodes, inside);
    if (found.length > 0 && (best.length === 0 || found.length < best.length)) best = found;
  }
  return best;
}

function wayBackTo(
  start: string,
  nodes: ReadonlyMap<string, readonly string[]>,
  inside: ReadonlySet<string>,
): string[] {
  const cameFrom = new Map<string, string>();
  let frontier = [start];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const id of frontier) {
      for (const parent of [...(nodes.get(id) ?? [])].sort()) {
        if (parent === start) {
          const path = [start];
          for (let at: string | undefined = id; at !== undefined && at !== start; at = cameFrom.get(at)) path.push(at);
          return [start, ...path.reverse()];
        }
        if (!inside.has(parent) || cameFrom.has(parent)) continue;
        cameFrom.set(parent, id);
        next.push(parent);
      }
    }
    frontier = next;
  }
  return [];
}

/** Tarjan's strongly connected components, without recursion: a chain of 10,000 models must not overflow the stack. */
function components(nodes: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  for (const root of [...nodes.keys()].sort()) {
    if (index.has(root)) continue;
    const work: { id: string; next: number }[] = [{ id: root, next: 0 }];
    while (work.length > 0) {
      const frame = work[work.length - 1];
      if (!frame) break;
      const { id } = frame;
      if (frame.next === 0) {
        index.set(id, index.size);
        low.set(id, index.size - 1);
        stack.push(id);
        onStack.add(id);
      }
      const edges = nodes.get(id) ?? [];
      let descended = false;
      while (frame.next < edges.length) {
        const target = edges[frame.next++];
        if (target === undefined || !nodes.has(target)) continue;
        if (!index.has(target)) {
          work.push({ id: target, next: 0 });
          descended = true;
          break;
        }
        if (onStack.has(target)) low.set(id, Math.min(low.get(id) ?? 0, index.get(target) ?? 0));
      }
      if (descended) continue;
      work.pop();
      const above = work[work.length - 1];
      if (above) low.set(above.id, Math.min(low.get(above.id) ?? 0, low.get(id) ?? 0));
      if (low.get(id) !== index.get(id)) continue;
      const members: string[] = [];
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        onStack.delete(member);
        members.push(member);
        if (member === id) break;
      }
      found.push(members.sort());
    }
  }
  return found;
}
