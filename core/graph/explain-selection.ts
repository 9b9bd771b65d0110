// Owns saying why a selection named nothing: the parts that match no model, and what they may have meant.
import { type Diagnostic, problems, toDiagnostic } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import { closest } from "../util/index.ts";
import type { Graph } from "./build-graph.ts";
import { parseSelection, type SelectionTerm } from "./parse-selection.ts";
import { type ModelSelection, matchTerm, selectIntersection } from "./select-models.ts";

/** One warning for each term of `select` and `exclude` that matches no model of the manifest, and for each intersection that is empty all the same. */
export function explainSelection(manifest: Manifest, graph: Graph, selection: ModelSelection): readonly Diagnostic[] {
  const warn = (option: "select" | "exclude", terms: readonly Unmatched[]) =>
    toDiagnostic(problems.selectionMatchesNothing({ option, terms, broken: brokenProjects(manifest) }), "warning");
  return (["select", "exclude"] as const).flatMap((option) =>
    parseSelection(selection[option] ?? []).flatMap((intersection) => {
      const unmatched = intersection.filter((term) => matchTerm(manifest, term).size === 0);
      if (unmatched.length > 0) return unmatched.map((term) => warn(option, [explainTerm(manifest, term)]));
      if (selectIntersection(manifest, graph, intersection).size > 0) return [];
      return [warn(option, [{ term: intersection.map(({ text }) => text).join(","), near: undefined }])];
    }),
  );
}

/** Throws `selection/matches-nothing` when `select` has terms and none of them matches a model: a name misspelt, not a mesh up to date. */
export function refuseUnmatched(manifest: Manifest, selection: ModelSelection): void {
  const terms = parseSelection(selection.select ?? []).flat();
  if (terms.length === 0 || terms.some((term) => matchTerm(manifest, term).size > 0)) return;
  const unmatched = terms.map((term) => explainTerm(manifest, term));
  throw problems.selectionMatchesNothing({ option: "select", terms: unmatched, broken: brokenProjects(manifest) });
}

interface Unmatched {
  readonly term: string;
  readonly near: string | undefined;
}

function explainTerm(manifest: Manifest, term: SelectionTerm): Unmatched {
  return { term: term.text, near: nearest(manifest, term) };
}

/** What is missing may be theirs. */
function brokenProjects(manifest: Manifest): readonly string[] {
  const errors = manifest.diagnostics.filter(({ level }) => level === "error");
  return [...new Set(errors.flatMap(({ project }) => project ?? []))].sort();
}

function nearest(manifest: Manifest, term: SelectionTerm): string | undefined {
  const near = closest(term.value, valuesOf(manifest, term));
  if (near === undefined) return undefined;
  if (term.method === "fqn" || term.method === "path" || term.method === "file") return near;
  return `${[term.method, ...term.arguments].join(".")}:${near}`;
}

/** The values that would have matched something. */
function valuesOf(manifest: Manifest, term: SelectionTerm): Iterable<string> {
  const models = Object.values(manifest.models);
  const values = new Set<string>();
  const add = (value: unknown) => {
    if (typeof value === "string" && value !== "") values.add(value);
  };
  for (const model of models) {
    switch (term.method) {
      case "fqn":
        add(term.value.includes(".") ? model.id : model.name);
        break;
      case "tag":
        model.tags.forEach(add);
        break;
      case "project":
        add(model.project);
        break;
      case "owner":
        add(model.owner.team);
        add(model.owner.email);
        break;
      case "access":
        add(model.access);
        break;
      case "group":
        add(model.group);
        break;
      case "schedule":
        add(model.schedule);
        break;
      case "file":
        add(model.location.file.slice(model.location.file.lastIndexOf("/") + 1));
        break;
      case "path":
        add(model.location.file);
        add(model.location.file.slice(0, Math.max(0, model.location.file.lastIndexOf("/"))));
        break;
      case "resource_type":
        for (const type of ["model", "snapshot", "seed"]) add(type);
        break;
      case "source": {
        const source = model.source === undefined ? undefined : manifest.sources[model.source];
        if (source) add(term.value.includes(".") ? `${source.store}.${source.name}` : source.store);
        break;
      }
      case "config":
        add(term.arguments.length === 1 ? model.config[term.arguments[0] ?? ""] : undefined);
        if (term.arguments[0] === "materialized") add(model.materialized);
        break;
      default:
        break;
    }
  }
  return values;
}
