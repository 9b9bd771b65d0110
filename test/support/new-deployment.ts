// Owns deployments made by hand for tests of the state store and of what reads it.
import type { Shard } from "../../core/manifest/index.ts";
import type { NewDeployment } from "../../core/state/index.ts";
import { createId, sha256Hex } from "../../core/util/index.ts";

export interface MadeDeployment {
  readonly deployment: NewDeployment;
  /** path -> content */
  readonly contents: Readonly<Record<string, string>>;
}

/** Files are given by their paths in the project. */
export function newDeployment(
  project: string,
  files: Readonly<Record<string, string>> = {},
  more: Partial<NewDeployment> = {},
): MadeDeployment {
  const contents = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [`projects/${project}/${path}`, content]),
  );
  const id = createId();
  return {
    contents,
    deployment: {
      id,
      project,
      mesh: "test",
      target: "dev",
      contentHash: sha256Hex(id),
      shard: JSON.stringify(emptyShard(project)),
      vars: {},
      files: Object.entries(contents).map(([path, content]) => ({
        path,
        hash: sha256Hex(content),
        bytes: Buffer.byteLength(content),
      })),
      ...more,
    },
  };
}

function emptyShard(name: string): Shard {
  const project = { name, path: `projects/${name}`, owner: { team: name }, schedules: {} };
  return { project, stores: [], sources: [], models: [], tests: [], reports: [], diagnostics: [] };
}

/** What `recordDeployments` asks for. */
export function contentOf(made: readonly MadeDeployment[]) {
  return async ({ path, hash }: { readonly path: string; readonly hash: string }): Promise<Uint8Array> => {
    const found = made.flatMap(({ contents }) => contents[path] ?? []).find((content) => sha256Hex(content) === hash);
    if (found === undefined) throw new Error(`the test has no content for ${path}`);
    return Buffer.from(found);
  };
}
