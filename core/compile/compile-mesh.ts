// Owns compiling the whole mesh: passes over all projects, and the last good version of those that no longer compile.
import { join } from "node:path";
import type { Config } from "../config/index.ts";
import { type Diagnostic, problems, toDiagnostic } from "../errors/index.ts";
import { type Manifest, mergeShards, type Shard } from "../manifest/index.ts";
import type { Project, TextFile } from "../project/index.ts";
import { hashOf } from "../util/index.ts";
import { codeIdentity } from "./cache/code-identity.ts";
import { ProjectCache } from "./cache/project-cache.ts";
import { ShardProofs } from "./cache/shard-proofs.ts";
import { compilePass } from "./compile-pass.ts";
import { firstToFall } from "./first-to-fall.ts";
import { LastGood } from "./last-good.ts";
import { lazyEngine } from "./lazy-engine.ts";
import type { CompilePass, CompileSession } from "./pass/pass-state.ts";
import { MacroSets } from "./render/render-world.ts";
import { findOutdated, findReusable, isSpotless, proveShards } from "./reuse-shards.ts";

export interface CompileRequest {
  readonly config: Config;
  readonly projects: readonly Project[];
  /** Shared macros. */
  readonly macros: readonly TextFile[];
  /** Problems of loading that belong to no project. */
  readonly diagnostics?: readonly Diagnostic[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where work is remembered; `.mesh/cache` of the mesh by default, null for nowhere. */
  readonly cacheDir?: string | null;
  /** Find columns and types, and bind tests; true unless told. Without, columns are not known. */
  readonly types?: boolean;
}

export interface CompiledMesh {
  readonly manifest: Manifest;
  readonly shards: readonly Shard[];
}

/** Never throws for what is wrong in a project: that is in the manifest's diagnostics. */
export async function compileMesh(request: CompileRequest): Promise<CompiledMesh> {
  const { config, projects, macros, env, types = true } = request;
  const cacheDir =
    request.cacheDir === undefined ? join(config.root, ".mesh", "cache") : (request.cacheDir ?? undefined);
  const engine = lazyEngine();
  const session: CompileSession = {
    config,
    projects,
    env,
    types,
    caches: new Map(),
    macros: new MacroSets(macros),
    sharedMacros: macros,
    shell: engine.shell,
    seeds: engine.seeds,
  };
  const folder = cacheDir && join(cacheDir, "compile");
  const memory: Memory = {
    folder,
    proofs: ShardProofs.open(folder, folder === undefined ? "" : codeIdentity()),
    lastGood: new LastGood(cacheDir && join(cacheDir, "last-good"), [config.name, config.target.name, types]),
  };
  try {
    const pass = (await compileChanged(session, memory)) ?? (await compileAll(session, memory));
    await remember(session, memory, pass);
    const shards = [...pass.shards, ...pass.standIns];
    const meta = {
      mesh: config.name,
      target: config.target.name,
      diagnostics: [...(request.diagnostics ?? []), ...pass.diagnostics],
    };
    return { manifest: mergeShards(shards, meta), shards };
  } finally {
    await engine.close();
  }
}

/** What is kept from one compile to the next. */
interface Memory {
  readonly folder: string | undefined;
  readonly proofs: ShardProofs;
  readonly lastGood: LastGood;
}

/** So often a change may reach on into projects that read the changed ones before all are compiled instead. */
const MOST_PASSES = 5;

/** Compiles only the projects in which something changed, over the shards of the others; undefined when that is not enough to be sure. */
async function compileChanged(session: CompileSession, { proofs, lastGood, folder }: Memory) {
  const given = findReusable(session, proofs, lastGood);
  for (let passes = 0; given.size > 0 && passes < MOST_PASSES; passes++) {
    openCaches(
      session,
      folder,
      session.projects.filter(({ name }) => !given.has(name)),
    );
    const pass = await compilePass(
      session,
      [...given.values()].map(({ shard }) => shard),
    );
    if (!isSpotless(pass)) return undefined;
    const outdated = findOutdated(given, pass);
    if (outdated.length === 0) return pass;
    for (const name of outdated) given.delete(name);
  }
  return undefined;
}

/** Compiles every project, with the last good version of those that no longer compile. */
async function compileAll(session: CompileSession, { folder, lastGood }: Memory): Promise<CompilePass> {
  openCaches(session, folder, session.projects);
  const stale = new Map<string, Shard>();
  for (;;) {
    const pass = await compilePass(session, [...stale.values()]);
    const fallen = firstToFall(standIns(pass.broken, pass.shards, lastGood), pass.reads);
    if (fallen.length === 0) return pass;
    // The others are compiled again over the stand-ins; what they worked out is remembered.
    for (const shard of fallen) stale.set(shard.project.name, shard);
  }
}

async function remember(session: CompileSession, { proofs, lastGood }: Memory, pass: CompilePass): Promise<void> {
  await Promise.all([...session.caches.values()].map((cache) => cache.save()));
  const hashes = new Map(session.projects.map(({ name, hash }) => [name, hash]));
  const proved = proveShards(session, pass);
  const good = pass.shards.filter((shard) => !pass.broken.has(shard.project.name));
  const stamps = await lastGood.write(
    good.map((shard) => {
      const { name } = shard.project;
      return { shard, key: hashOf([lastGoodKey(shard, hashes.get(name)), proved.get(name)]) };
    }),
  );
  for (const [name, proof] of proved) {
    const stamp = stamps.get(name);
    if (stamp !== undefined) proofs.set(name, { ...proof, stamp });
  }
  await proofs.save(session.projects.map(({ name }) => name));
}

/** Changes with the project's files, and with whatever outside of them is in its models: fingerprints and columns. */
function lastGoodKey(shard: Shard, hash: string | undefined): string {
  return hashOf([
    codeIdentity(),
    hash,
    shard.models.flatMap(({ id, fingerprint, columns }) => [id, fingerprint, columns.map((column) => column.type)]),
  ]);
}

/** The last good version of each broken project that has one, carrying the problems of the present one. */
function standIns(broken: ReadonlySet<string>, shards: readonly Shard[], lastGood: LastGood): readonly Shard[] {
  const found: Shard[] = [];
  for (const name of broken) {
    const good = lastGood.read(name);
    const now = shards.find((shard) => shard.project.name === name);
    if (!good || !now) continue;
    const errors = now.diagnostics.filter((diagnostic) => diagnostic.level === "error").length;
    const notice = problems.staleProject(
      { project: name, errors },
      { location: { file: `${now.project.path}/project.yml` } },
    );
    found.push({ ...good, diagnostics: [...now.diagnostics, toDiagnostic(notice, "warning", name)], stale: true });
  }
  return found;
}

/** Those that are open stay so. */
function openCaches({ caches }: CompileSession, folder: string | undefined, projects: readonly Project[]): void {
  const identity = folder === undefined ? "" : codeIdentity();
  for (const { name } of projects) if (!caches.has(name)) caches.set(name, ProjectCache.open(folder, name, identity));
}
