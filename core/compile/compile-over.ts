// Owns compiling some projects over the shards of others as they are given: nothing of theirs is compiled, and no last good version stands in.
import { join } from "node:path";
import type { Diagnostic } from "../errors/index.ts";
import type { Shard } from "../manifest/index.ts";
import { codeIdentity } from "./cache/code-identity.ts";
import { ProjectCache } from "./cache/project-cache.ts";
import type { CompileRequest } from "./compile-mesh.ts";
import { compilePass } from "./compile-pass.ts";
import { lazyEngine } from "./lazy-engine.ts";
import { MacroSets } from "./render/render-world.ts";

export interface CompiledOver {
  /** Of the projects compiled, whatever is wrong with them: see the diagnostics of each. */
  readonly shards: readonly Shard[];
  /** Projects with an error of their own making. */
  readonly broken: ReadonlySet<string>;
  /** Problems of no project. */
  readonly diagnostics: readonly Diagnostic[];
}

/** `over`: shards of projects that are not among those to compile. Reads what was remembered of earlier compiles and writes nothing. */
export async function compileOver(
  { config, projects, macros, env }: Pick<CompileRequest, "config" | "projects" | "macros" | "env">,
  over: readonly Shard[],
): Promise<CompiledOver> {
  const engine = lazyEngine();
  const folder = join(config.root, ".mesh", "cache", "compile");
  const caches = new Map(projects.map(({ name }) => [name, ProjectCache.open(folder, name, codeIdentity())]));
  try {
    const pass = await compilePass(
      {
        config,
        projects,
        env,
        types: true,
        caches,
        macros: new MacroSets(macros),
        sharedMacros: macros,
        shell: engine.shell,
        seeds: engine.seeds,
      },
      over,
    );
    const { shards, broken, diagnostics } = pass;
    return { shards, broken, diagnostics };
  } finally {
    await engine.close();
  }
}
