// Owns saying why a selection named nothing: the terms that match no model, and what they may have meant.
import { type Diagnostic, problems, toDiagnostic } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import { closest } from "../util/index.ts";
import { parseSelection, type SelectionTerm } from "./parse-selection.ts";
import { type ModelSelection, matchTerm } from "./select-models.ts";

/** One warning for each term of `select` and `exclude` that matches no model of the manifest. */
export function explainSelection(manifest: Manifest, selection: ModelSelection): readonly Diagnostic[] {
  return (["select", "exclude"] as const).flatMap((option) =>
    parseSelection(selection[option] ?? [])
      .flat()
      .filter((term) => matchTerm(manifest, term).size === 0)
      .map((term) =>
        toDiagnostic(
          problems.selectionMatchesNothing({ option, term: term.text, near: nearest(manifest, term) }),
          "warning",
        ),
      ),
  );
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
