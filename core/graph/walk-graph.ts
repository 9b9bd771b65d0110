// Owns walking a graph up and down, to any depth.
import type { Graph } from "./build-graph.ts";

function reach(
  edges: ReadonlyMap<string, readonly string[]>,
  from: Iterable<string>,
  depth: number,
): ReadonlySet<string> {
  const start = new Set(from);
  const seen = new Set(start);
  const reached = new Set<string>();
  let frontier = [...start];
  for (let step = 0; step < depth && frontier.length > 0; step++) {
    const next: string[] = [];
    for (const id of frontier) {
      for (const neighbour of edges.get(id) ?? []) {
        reached.add(neighbour);
        if (seen.has(neighbour)) continue;
        seen.add(neighbour);
        next.push(neighbour);
      }
    }
    frontier = next;
  }
  return reached;
}

/** The nodes that `from` reads, directly or within `depth` steps. A node of `from` is in it only if another one reads it. */
export function ancestorsOf(
  graph: Graph,
  from: Iterable<string>,
  depth: number = Number.POSITIVE_INFINITY,
): ReadonlySet<string> {
  return reach(graph.parents, from, depth);
}

/** The nodes that read `from`, directly or within `depth` steps. */
export function descendantsOf(
  graph: Graph,
  from: Iterable<string>,
  depth: number = Number.POSITIVE_INFINITY,
): ReadonlySet<string> {
  return reach(graph.children, from, depth);
}
