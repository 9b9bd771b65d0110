// Owns when the shard of an earlier compile is the shard of this one: what it was compiled from is written down and compared.
// A compile in which anything is wrong takes no part: its problems may depend on more than that.
import type { Graph } from "../graph/index.ts";
import type { Model, Shard } from "../manifest/index.ts";
import { type Project, varsOf } from "../project/index.ts";
import { hashOf } from "../util/index.ts";
import type { ShardProof, ShardProofs } from "./cache/shard-proofs.ts";
import { guardedModel, readsDescendant } from "./compile-tests.ts";
import type { LastGood } from "./last-good.ts";
import type { CompilePass, CompileSession } from "./pass/pass-state.ts";
import { hashOfAnswer } from "./render/ask-world.ts";
import { targetOf } from "./render/render-world.ts";

export interface ReusableShard {
  readonly shard: Shard;
  readonly proof: ShardProof;
}

/** The shards whose project and whose environment are what they were. Whether what they read of others is, only a pass can tell. */
export function findReusable(
  session: CompileSession,
  proofs: ShardProofs,
  lastGood: LastGood,
): Map<string, ReusableShard> {
  const insideOf = insideHasher(session);
  const found = session.projects.flatMap((project) => {
    const proof = proofs.get(project.name);
    if (!proof || project.diagnostics.length > 0 || proof.inside !== insideOf(project)) return [];
    if (!proof.env.every(([name, value]) => hashOfAnswer(session.env[name]) === value)) return [];
    const shard = lastGood.readStamped(project.name, proof.stamp);
    return shard ? [[project.name, { shard, proof }] as const] : [];
  });
  return new Map(found);
}

/** Names of the given shards that are not what this pass would have made of their projects. */
export function findOutdated(given: ReadonlyMap<string, ReusableShard>, pass: CompilePass): readonly string[] {
  const modelOf = indexModels(pass);
  return [...given].flatMap(([name, { shard, proof }]) => {
    const same = proof.outside.every(([id, hash]) => {
      const model = modelOf.get(id);
      return model !== undefined && hashOf(model) === hash;
    });
    return same && testsStand(shard, pass.graph) ? [] : [name];
  });
}

/** What a test may read, and which model a test of its own file guards, follows from the order of all models. */
function testsStand({ tests }: Shard, graph: Graph): boolean {
  return tests.every(
    (test) =>
      test.dependsOn.length < 2 ||
      (readsDescendant(test, graph) === undefined &&
        (test.type !== "singular" || guardedModel(test.dependsOn, test.project, graph) === test.model)),
  );
}

/** True when nothing at all is wrong. */
export function isSpotless({ shards, standIns, broken, diagnostics }: CompilePass): boolean {
  return (
    broken.size === 0 &&
    diagnostics.length === 0 &&
    [...shards, ...standIns].every((shard) => shard.diagnostics.length === 0)
  );
}

/** What the pass's shards were compiled from, without stamps, for those that may be used again. */
export function proveShards(
  session: CompileSession,
  pass: CompilePass,
): ReadonlyMap<string, Omit<ShardProof, "stamp">> {
  const proofs = new Map<string, Omit<ShardProof, "stamp">>();
  if (pass.diagnostics.length > 0) return proofs;
  const insideOf = insideHasher(session);
  const modelOf = indexModels(pass);
  const projects = new Map(session.projects.map((project) => [project.name, project]));
  for (const shard of pass.shards) {
    const { name } = shard.project;
    const project = projects.get(name);
    if (!project || shard.diagnostics.length > 0 || dependsOnMore(project, shard)) continue;
    const outside = [...new Set(readsOf(shard))].filter((id) => !id.startsWith(`${name}.`)).sort();
    const models = outside.flatMap((id) => modelOf.get(id) ?? []);
    if (models.length < outside.length) continue;
    proofs.set(name, {
      inside: insideOf(project),
      env: envAskedBy(session, name),
      outside: models.map((model) => [model.id, hashOf(model)]),
    });
  }
  return proofs;
}

/** TypeScript models import what they like; the members of a publish group are judged by all that lies between them. */
function dependsOnMore(project: Project, shard: Shard): boolean {
  return (
    project.models.some(({ kind }) => kind === "typescript") ||
    shard.models.some(({ config }) => config.publish !== undefined)
  );
}

function* readsOf({ project, models, tests, reports }: Shard): Generator<string> {
  for (const { upstream } of Object.values(project.schedules)) yield* upstream;
  for (const { dependsOn } of models) yield* dependsOn.models;
  for (const { dependsOn } of [...tests, ...reports]) yield* dependsOn;
}

function envAskedBy(session: CompileSession, project: string): ShardProof["env"] {
  const asked = new Map<string, string | null>();
  for (const query of session.caches.get(project)?.entries("queries") ?? []) {
    const { env } = (query as { readonly asked: { readonly env: ShardProof["env"] } }).asked;
    for (const [name, value] of env) asked.set(name, value);
  }
  return [...asked].sort(([a], [b]) => (a < b ? -1 : 1));
}

function insideHasher({ config, sharedMacros, types }: CompileSession): (project: Project) => string {
  const key = config.protectionKeys[0]?.id;
  const shared = hashOf([
    config.name,
    types,
    key,
    config.calendars,
    sharedMacros.map(({ path, hash }) => [path, hash]),
  ]);
  return (project) =>
    hashOf([shared, project.name, project.path, project.hash, varsOf(project, config), targetOf(project, config)]);
}

function indexModels({ shards, standIns }: CompilePass): ReadonlyMap<string, Model> {
  return new Map([...shards, ...standIns].flatMap(({ models }) => models.map((model) => [model.id, model] as const)));
}
