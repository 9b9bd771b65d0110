// Owns where things are in the warehouse's folder. Makes and deletes nothing.
import { join } from "node:path";
import type { BuildFile, RelationName } from "../../manifest/index.ts";

export interface Layout {
  readonly root: string;
  readonly marker: string;
  readonly builds: string;
  readonly serving: string;
  /** Spilled intermediate results; each process has a folder of its own in it. */
  readonly temporary: string;
  buildFolder(build: { readonly id: string; readonly relation: RelationName }): string;
  /** Absolute. */
  file(file: Pick<BuildFile, "path">): string;
  servingFile(project: string): string;
  servingMark(project: string): string;
}

export function layoutOf(root: string): Layout {
  const builds = join(root, "builds");
  const serving = join(root, "serving");
  return {
    root,
    marker: join(root, "warehouse.json"),
    builds,
    serving,
    temporary: join(root, "tmp"),
    buildFolder: ({ id, relation }) => join(builds, segment(relation.schema), segment(relation.name), segment(id)),
    file: (file) => join(root, file.path),
    servingFile: (project) => join(serving, `${segment(project)}.duckdb`),
    servingMark: (project) => join(serving, `${segment(project)}.json`),
  };
}

/** A name as one path segment, whatever is in it. */
function segment(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, (dots) => dots.replaceAll(".", "%2E"));
}
