// Owns the meaning of a selection: which models of a manifest it names.
import type { Manifest } from "../manifest/index.ts";
import type { Graph } from "./build-graph.ts";
import { parseSelection, type SelectionTerm } from "./parse-selection.ts";
import { selectionMethods } from "./selection-methods.ts";
import { ancestorsOf, descendantsOf } from "./walk-graph.ts";

export interface ModelSelection {
  /** dbt's grammar; several texts are a union. Absent means every model. */
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Model ids, in no particular order. Throws `selection/…` errors for text that is no selection. */
export function selectModels(manifest: Manifest, graph: Graph, selection: ModelSelection): ReadonlySet<string> {
  const chosen =
    selection.select === undefined
      ? new Set(Object.keys(manifest.models))
      : selectUnion(manifest, graph, parseSelection(selection.select));
  if (selection.exclude === undefined) return chosen;
  const excluded = selectUnion(manifest, graph, parseSelection(selection.exclude));
  return new Set([...chosen].filter((id) => !excluded.has(id)));
}

function selectUnion(manifest: Manifest, graph: Graph, union: readonly (readonly SelectionTerm[])[]): Set<string> {
  return new Set(union.flatMap((intersection) => [...selectIntersection(manifest, graph, intersection)]));
}

export function selectIntersection(
  manifest: Manifest,
  graph: Graph,
  intersection: readonly SelectionTerm[],
): ReadonlySet<string> {
  const [first = new Set<string>(), ...others] = intersection.map((term) => selectTerm(manifest, graph, term));
  return new Set([...first].filter((id) => others.every((other) => other.has(id))));
}

/** What the term names, without its graph operators. */
export function matchTerm(manifest: Manifest, term: SelectionTerm): Set<string> {
  const matches = selectionMethods[term.method];
  const found = new Set<string>();
  if (!matches) return found;
  for (const model of Object.values(manifest.models)) {
    if (matches(model, term.value, manifest, term.arguments)) found.add(model.id);
  }
  return found;
}

function selectTerm(manifest: Manifest, graph: Graph, term: SelectionTerm): ReadonlySet<string> {
  const named = matchTerm(manifest, term);
  const chosen = new Set(named);
  if (term.childrensParents) {
    for (const id of descendantsOf(graph, named)) chosen.add(id);
    for (const id of ancestorsOf(graph, [...chosen])) chosen.add(id);
  }
  if (term.parents !== undefined) for (const id of ancestorsOf(graph, named, term.parents)) chosen.add(id);
  if (term.children !== undefined) for (const id of descendantsOf(graph, named, term.children)) chosen.add(id);
  return chosen;
}
