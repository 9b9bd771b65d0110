// Owns reading what is deployed: the shards of a set of deployments as one manifest, read once however often it is asked for.
import { problems } from "../errors/index.ts";
import { type Manifest, mergeShards, type Shard } from "../manifest/index.ts";
import type { DeploymentRecord, StateStore } from "../state/index.ts";

export interface Deployed {
  readonly manifest: Manifest;
  /** By project. */
  readonly deployments: ReadonlyMap<string, DeploymentRecord>;
  /** project -> the id of its deployment, as a run keeps it. */
  readonly ids: Readonly<Record<string, string>>;
  /** By project. */
  readonly shards: ReadonlyMap<string, Shard>;
}

interface Read {
  readonly deployment: DeploymentRecord;
  readonly shard: Shard;
}

interface Memory {
  /** By the ids of the set; the least recently asked for first. */
  readonly sets: Map<string, Deployed>;
  /** By deployment, of the sets remembered. */
  readonly reads: Map<string, Read>;
}

/** Runs in flight go by older sets than the next run does. */
const SETS_REMEMBERED = 8;

const memories = new WeakMap<StateStore, Memory>();

/** What is in force now. The same object as before when nothing changed, at the price of one small query. */
export async function loadDeployed(state: StateStore): Promise<Deployed> {
  for (let attempt = 1; ; attempt++) {
    const { ids } = await state.currentDeployments();
    try {
      return await loadDeploymentSet(state, [...ids.values()]);
    } catch (error) {
      // One that was replaced a moment ago may have been removed since.
      if (attempt >= 3) throw error;
    }
  }
}

/** The deployments that a run goes by. Throws `deploy/gone` when one was removed. */
export async function loadDeploymentSet(state: StateStore, ids: readonly string[]): Promise<Deployed> {
  const memory = memories.get(state) ?? { sets: new Map(), reads: new Map() };
  memories.set(state, memory);
  const key = [...ids].sort().join(" ");
  const known = memory.sets.get(key);
  const deployed = known ?? assemble(await readAll(state, ids, memory));
  memory.sets.delete(key);
  memory.sets.set(key, deployed);
  forget(memory);
  return deployed;
}

async function readAll(state: StateStore, ids: readonly string[], { reads }: Memory): Promise<readonly Read[]> {
  const stored = await state.getDeployments(ids.filter((id) => !reads.has(id)));
  for (const [id, { shard, ...deployment }] of stored) reads.set(id, { deployment, shard: JSON.parse(shard) as Shard });
  const gone = ids.filter((id) => !reads.has(id));
  if (gone.length > 0) throw problems.deploymentsGone({ ids: gone });
  return ids.flatMap((id) => reads.get(id) ?? []);
}

function assemble(reads: readonly Read[]): Deployed {
  const newest = reads.reduce<DeploymentRecord | undefined>(
    (found, { deployment }) => (found && found.sequence > deployment.sequence ? found : deployment),
    undefined,
  );
  const meta = { mesh: newest?.mesh ?? "", target: newest?.target ?? "" };
  return {
    manifest: mergeShards(
      reads.map(({ shard }) => shard),
      meta,
    ),
    deployments: new Map(reads.map(({ deployment }) => [deployment.project, deployment])),
    ids: Object.fromEntries(reads.map(({ deployment }) => [deployment.project, deployment.id])),
    shards: new Map(reads.map(({ shard }) => [shard.project.name, shard])),
  };
}

function forget({ sets, reads }: Memory): void {
  for (const key of [...sets.keys()].slice(0, Math.max(0, sets.size - SETS_REMEMBERED))) sets.delete(key);
  const used = new Set([...sets.keys()].flatMap((key) => key.split(" ")));
  for (const id of reads.keys()) if (!used.has(id)) reads.delete(id);
}

/** What is deployed, less one project, with these shards in place of their projects'. */
export function mergeAfter({ shards, manifest }: Deployed, changed: readonly Shard[], without?: string): Manifest {
  const merged = new Map(shards);
  if (without !== undefined) merged.delete(without);
  for (const shard of changed) merged.set(shard.project.name, shard);
  return mergeShards([...merged.values()], { mesh: manifest.mesh, target: manifest.target });
}
