// Owns compiling the mesh of a folder by the compiler alone, with the environment, variables, cache and order a test chooses.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CompiledMesh, compileMesh } from "../../core/compile/index.ts";
import { loadConfig } from "../../core/config/index.ts";
import type { Diagnostic } from "../../core/errors/index.ts";
import { type Manifest, type Model, manifestToJson } from "../../core/manifest/index.ts";
import { loadProjects, type Project } from "../../core/project/index.ts";

export interface CompileFolderOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Nowhere unless told. */
  readonly cacheDir?: string;
  readonly types?: boolean;
  readonly order?: (projects: readonly Project[]) => readonly Project[];
}

export interface CompiledFolder extends CompiledMesh {
  /** What `manifest.json` would hold. */
  readonly bytes: string;
  readonly errors: readonly Diagnostic[];
  /** `code file:line` of each diagnostic, sorted. */
  readonly said: readonly string[];
  /** Throws when there is no such model. */
  model(id: string): Model;
}

export async function compileFolder(root: string, options: CompileFolderOptions = {}): Promise<CompiledFolder> {
  const { env = {}, vars, cacheDir = null, types = true, order = (projects) => projects } = options;
  const config = await loadConfig(root, { env, ...(vars && { vars }) });
  const loaded = await loadProjects(config);
  const projects = order(loaded.projects);
  const compiled = await compileMesh({ config, ...loaded, projects, env, cacheDir, types });
  const { manifest } = compiled;
  return {
    ...compiled,
    bytes: manifestToJson(manifest),
    errors: manifest.diagnostics.filter((diagnostic) => diagnostic.level === "error"),
    said: said(manifest),
    model(id) {
      const model = manifest.models[id];
      if (!model) throw new Error(`no model ${id}; diagnostics: ${JSON.stringify(manifest.diagnostics, null, 2)}`);
      return model;
    },
  };
}

function said({ diagnostics }: Manifest): readonly string[] {
  return diagnostics.map(({ code, location }) => `${code} ${location?.file ?? ""}:${location?.line ?? ""}`).sort();
}

/** Compiles with what is remembered and without. Both stand on the same last good versions, but the cold one remembers nothing else. */
export async function compileWarmAndCold(
  root: string,
  cacheDir: string,
  options: CompileFolderOptions = {},
): Promise<{ readonly warm: CompiledFolder; readonly cold: CompiledFolder }> {
  const bare = await mkdtemp(join(tmpdir(), "mesh-bare-"));
  try {
    await cp(cacheDir, bare, { recursive: true });
    await rm(join(bare, "compile"), { recursive: true });
    const warm = await compileFolder(root, { ...options, cacheDir });
    const cold = await compileFolder(root, { ...options, cacheDir: bare });
    return { warm, cold };
  } finally {
    await rm(bare, { recursive: true, force: true });
  }
}
