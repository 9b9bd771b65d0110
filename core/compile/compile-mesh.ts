// Owns compiling a mesh: projects to shards and their manifest, with last good versions in place of what is broken.
import { join } from "node:path";
import type { Config } from "../config/index.ts";
import { type Diagnostic, problems, toDiagnostic } from "../errors/index.ts";
import { type Manifest, mergeShards, type Shard, sortDiagnostics } from "../manifest/index.ts";
import type { Project, TextFile } from "../project/index.ts";
import { codeIdentity } from "./cache/code-identity.ts";
import { ProjectCache } from "./cache/project-cache.ts";
import { type CompiledOnce, type CompileInput, compileOnce } from "./compile-once.ts";
import { LastGood } from "./last-good.ts";
import { MacroSets } from "./render/render-world.ts";
import { SeedReader } from "./shell/seed-columns.ts";
import { ShellCatalog } from "./shell/shell-catalog.ts";

export interface CompileRequest {
  readonly config: Config;
  readonly projects: readonly Project[];
  /** Shared macros. */
  readonly macros: readonly TextFile[];
  /** Problems of loading that belong to no project. */
  readonly diagnostics?: readonly Diagnostic[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Win over the mesh's and the projects' variables. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Where to remember what was worked out; `.mesh/cache/compile` of the root by default, null for nowhere. */
  readonly cacheDir?: string | null;
  /** Find every model's columns and check queries against them; true by default. */
  readonly types?: boolean;
}

export interface CompiledMesh {
  readonly manifest: Manifest;
  readonly shards: readonly Shard[];
}

/** Never throws for what projects hold: every problem is among the diagnostics. */
export async function compileMesh(request: CompileRequest): Promise<CompiledMesh> {
  const { config, env, vars = {}, types = true } = request;
  const folder = request.cacheDir === undefined ? join(config.root, ".mesh", "cache", "compile") : request.cacheDir;
  const identity = `${codeIdentity()} ${types}`;
  const projects = firstOfEachName(request.projects);
  const caches = await openCaches(folder ?? undefined, projects, identity);
  const lastGood = new LastGood(folder === null ? undefined : join(folder, "last-good"), [
    config.name,
    config.target.name,
  ]);
  let shell: Promise<ShellCatalog> | undefined;
  let seeds: SeedReader | undefined;
  const openShell = () => {
    shell ??= ShellCatalog.open();
    return shell;
  };
  const openSeeds = () => {
    seeds ??= new SeedReader();
    return seeds;
  };
  try {
    const macros = new MacroSets(request.macros);
    const { shards, passes } = await compileWithStandIns(projects, lastGood, {
      root: config.root,
      settings: { config, env, vars, sharedMacros: request.macros },
      types,
      macros,
      cacheOf: (project) => caches.get(project) as ProjectCache,
      shell: openShell,
      seeds: openSeeds,
    });
    await remember(projects, passes, lastGood, caches);
    const diagnostics = meshDiagnostics(request, projects, macros);
    const manifest = mergeShards(shards, { mesh: config.name, target: config.target.name, diagnostics });
    return { manifest, shards };
  } finally {
    (await shell)?.close();
    seeds?.close();
  }
}

type Surroundings = Omit<CompileInput, "projects" | "stale">;

/**
 * A project with an error is compiled no further than to its diagnostics: its last good version takes its place, and the
 * mesh is compiled again with it, until no other project breaks. Without a last good version its sound models stay.
 */
async function compileWithStandIns(
  projects: readonly Project[],
  lastGood: LastGood,
  surroundings: Surroundings,
): Promise<{ readonly shards: readonly Shard[]; readonly passes: CompiledOnce }> {
  const stale = new Map<string, Shard>();
  const diagnosticsOf = new Map<string, readonly Diagnostic[]>();
  for (;;) {
    const passes = await compileOnce({
      ...surroundings,
      projects: projects.filter(({ name }) => !stale.has(name)),
      stale: [...stale.values()],
    });
    let added = false;
    for (const name of passes.broken) {
      const shard = await lastGood.read(name);
      if (!shard) continue;
      stale.set(name, shard);
      const own = passes.shards.find(({ project }) => project.name === name)?.diagnostics ?? [];
      diagnosticsOf.set(name, [...own, standInWarning(name, own)]);
      added = true;
    }
    if (added) continue;
    const shards = passes.shards.map((shard) => {
      const own = diagnosticsOf.get(shard.project.name);
      return { ...shard, diagnostics: sortDiagnostics([...(own ?? []), ...shard.diagnostics]) };
    });
    return { shards, passes };
  }
}

function standInWarning(project: string, own: readonly Diagnostic[]): Diagnostic {
  const errors = own.filter(({ level }) => level === "error").length;
  return toDiagnostic(problems.staleProject({ project, errors }), "warning", project);
}

async function openCaches(
  folder: string | undefined,
  projects: readonly Project[],
  identity: string,
): Promise<ReadonlyMap<string, ProjectCache>> {
  const caches = new Map<string, ProjectCache>();
  for (const { name } of projects) caches.set(name, await ProjectCache.open(folder, name, identity));
  return caches;
}

async function remember(
  projects: readonly Project[],
  { shards, keys }: CompiledOnce,
  lastGood: LastGood,
  caches: ReadonlyMap<string, ProjectCache>,
): Promise<void> {
  for (const cache of caches.values()) await cache.save();
  const hashes = new Map(projects.map(({ name, hash }) => [name, hash]));
  await lastGood.write(
    shards
      .filter((shard) => !shard.stale && !shard.diagnostics.some(({ level }) => level === "error"))
      .map((shard) => {
        const { name } = shard.project;
        return { shard, key: JSON.stringify([codeIdentity(), hashes.get(name), keys.get(name)]) };
      }),
  );
}

/** Loading reports two folders of one name; the first is compiled. */
function firstOfEachName(projects: readonly Project[]): readonly Project[] {
  const byName = new Map<string, Project>();
  for (const project of projects) if (!byName.has(project.name)) byName.set(project.name, project);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function meshDiagnostics(
  request: CompileRequest,
  compiled: readonly Project[],
  macros: MacroSets,
): readonly Diagnostic[] {
  const shared = macros.diagnostics(compiled).filter(({ project }) => project === undefined);
  const passedOver = request.projects.filter((project) => !compiled.includes(project));
  return [...(request.diagnostics ?? []), ...shared, ...passedOver.flatMap(({ diagnostics }) => diagnostics)];
}
