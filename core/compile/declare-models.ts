// Owns finding each model's file and properties together. Renders and resolves nothing.
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { ModelProperties, Project } from "../project/index.ts";
import { closest } from "../util/index.ts";
import type { ModelDraft } from "./types.ts";

export interface DeclaredModels {
  readonly drafts: readonly ModelDraft[];
  readonly problems: readonly MeshError[];
}

/** Of several models of one name, which loading reports, the first counts. */
export function declareModels(project: Project): DeclaredModels {
  const found: MeshError[] = [];
  const drafts = new Map<string, ModelDraft>();
  const described = new Map<string, ModelProperties>();
  for (const properties of project.properties) {
    const key = `${properties.resource} ${properties.name}`;
    if (!described.has(key)) described.set(key, properties);
  }
  for (const { name, kind, file } of project.models) {
    if (drafts.has(name)) continue;
    const properties = described.get(`${kind === "seed" ? "seed" : "model"} ${name}`);
    const location: Location = { file: file.path };
    drafts.set(name, {
      id: `${project.name}.${name}`,
      name,
      project,
      kind,
      file,
      location,
      ...(properties && { properties }),
    });
  }
  for (const properties of described.values()) {
    const { name, resource, at } = properties;
    if (resource !== "snapshot" || drafts.has(name)) continue;
    drafts.set(name, { id: `${project.name}.${name}`, name, project, kind: "snapshot", properties, location: at });
  }
  for (const { name, resource, at } of described.values()) {
    if (resource === "snapshot" || project.models.some((file) => file.name === name && fits(file.kind, resource)))
      continue;
    const kind = drafts.get(name)?.kind;
    const other = kind === "sql" || kind === "typescript" ? "model" : kind;
    const names = project.models.filter((file) => fits(file.kind, resource)).map((file) => file.name);
    found.push(problems.propertiesWithoutFile({ resource, name, near: closest(name, names), other }, { location: at }));
  }
  return { drafts: [...drafts.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), problems: found };
}

function fits(kind: "sql" | "typescript" | "seed", resource: ModelProperties["resource"]): boolean {
  return (kind === "seed") === (resource === "seed");
}
