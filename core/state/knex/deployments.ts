// Owns deployments in the database: what is in force per project, the history of it, and the files they need, each kept once.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { Actor } from "../audit-types.ts";
import type {
  DeploymentEvent,
  DeploymentFile,
  DeploymentRecord,
  DeploymentState,
  NewDeployment,
  StoredDeployment,
} from "../deployment-types.ts";
import { writeAudit } from "./audit.ts";
import { among, type Database, from, inTransaction, now } from "./database.ts";
import { type Instant, present, type Whole } from "./records.ts";

interface DeploymentRow {
  id: string;
  sequence: Whole;
  project: string;
  mesh: string;
  target: string;
  content_hash: string;
  shard: string;
  vars: string;
  deployed_by: string;
  git_commit: string | null;
  note: string | null;
  deployed_at: Instant;
}

interface EventRow {
  sequence: Whole;
  project: string;
  action: DeploymentEvent["action"];
  deployment: string | null;
  previous: string | null;
  acted_by: string;
  why: string | null;
  broken: string | null;
  acted_at: Instant;
}

interface UseRow {
  deployment: string;
  path: string;
  hash: string;
  bytes: Whole;
}

/** All of a deployment but its shard, which may be megabytes. */
const HEAD = [
  "id",
  "sequence",
  "project",
  "mesh",
  "target",
  "content_hash",
  "vars",
  "deployed_by",
  "git_commit",
  "note",
  "deployed_at",
] as const;

/** Rows of one insert: SQLite takes about 32,000 values. */
const CHUNK = 1_000;

export function createDeploymentMethods(database: Database): DeploymentState {
  const filesOf = async (ids: readonly string[]): Promise<ReadonlyMap<string, readonly DeploymentFile[]>> => {
    const rows: UseRow[] = await from(database, "deployment_use")
      .where(among(database, "deployment", ids))
      .orderBy(["deployment", "path"]);
    const files = new Map<string, DeploymentFile[]>(ids.map((id) => [id, []]));
    for (const { deployment, path, hash, bytes } of rows)
      files.get(deployment)?.push({ path, hash, bytes: Number(bytes) });
    return files;
  };

  return {
    async currentDeployments() {
      // One statement sees one moment: the newest event and what it made of it.
      const newest = from(database, "deployment_event").max("sequence").as("sequence");
      const rows: { sequence: Whole | null; project: string; deployment: string }[] = await from(
        database,
        "deployed",
      ).select("project", "deployment", newest);
      const ids = new Map(rows.map(({ project, deployment }) => [project, deployment] as const).sort(byName));
      const sequence = rows[0]?.sequence ?? (await lastSequence(database));
      return { sequence: Number(sequence), ids };
    },

    async getDeployments(ids) {
      if (ids.length === 0) return new Map();
      const rows: DeploymentRow[] = await from(database, "deployment").where(among(database, "id", ids));
      const files = await filesOf(ids);
      return new Map(rows.map((row) => [row.id, { ...record(row, files), shard: row.shard } as StoredDeployment]));
    },

    async listDeployments({ project, limit } = {}) {
      const query = from(database, "deployment")
        .select(...HEAD)
        .orderBy("sequence", "desc");
      if (project !== undefined) query.where({ project });
      if (limit !== undefined) query.limit(limit);
      const rows: DeploymentRow[] = await query;
      const files = await filesOf(rows.map(({ id }) => id));
      return rows.map((row) => record(row, files));
    },

    async listDeploymentEvents({ project, limit } = {}) {
      const query = from(database, "deployment_event").orderBy("sequence", "desc");
      if (project !== undefined) query.where({ project });
      if (limit !== undefined) query.limit(limit);
      return ((await query) as EventRow[]).map(event);
    },

    async recordDeployments(deployments, change, content) {
      const files = new Map(deployments.flatMap((one) => one.files.map((file) => [file.hash, file] as const)));
      // Before the transaction, which then holds up nobody for long. Should it never come, they are files of no deployment.
      await addMissing(database, files, content, database.knex);
      return inTransaction(database, async (trx) => {
        await database.lock(trx, "deployment");
        const last = await lastSequence(database, trx);
        if (last !== change.after) return undefined;
        // Those that were removed in between as files of no deployment.
        await addMissing(database, files, content, trx);
        const events: DeploymentEvent[] = [];
        for (const [i, deployment] of deployments.entries()) {
          const sequence = last + 1 + i;
          await insertDeployment(database, trx, {
            deployment,
            sequence: last + deployments.length,
            by: change.by.actor,
          });
          events.push(await put(database, trx, { sequence, deployment, action: "deploy", ...change }));
        }
        return events;
      });
    },

    switchDeployment: (project, to, change) =>
      inTransaction(database, async (trx) => {
        await database.lock(trx, "deployment");
        const last = await lastSequence(database, trx);
        if (last !== change.after) return undefined;
        if (to !== null) {
          const found = await from(database, "deployment", trx).where({ id: to, project }).select("id").first();
          if (found === undefined) throw problems.deploymentNotFound({ project, wanted: to, known: [] });
        }
        return put(database, trx, {
          sequence: last + 1,
          deployment: { project, ...(to !== null && { id: to }) },
          action: to === null ? "retire" : "rollback",
          ...change,
        });
      }),

    async readDeploymentFile(hash) {
      const row: { content: Uint8Array } | undefined = await from(database, "deployment_file").where({ hash }).first();
      return row && Buffer.from(row.content);
    },

    removeDeployments: ({ newest, inUse, replacedSince }, by) =>
      inTransaction(database, async (trx) => {
        await database.lock(trx, "deployment");
        const rows: Pick<DeploymentRow, "id" | "project">[] = await from(database, "deployment", trx)
          .select("id", "project")
          .orderBy("sequence", "desc");
        const inForce: { deployment: string }[] = await from(database, "deployed", trx).select("deployment");
        const last = from(database, "deployment_event", trx).max("sequence").groupBy("project");
        const replaced: { previous: string | null }[] = await from(database, "deployment_event", trx)
          .whereIn("sequence", last)
          .modify((events) => replacedSince && events.orWhere("acted_at", ">=", replacedSince.toISOString()))
          .select("previous");
        const kept = new Set([
          ...inUse,
          ...inForce.map(({ deployment }) => deployment),
          ...replaced.map(({ previous }) => previous),
        ]);
        const seen = new Map<string, number>();
        const gone = rows.flatMap(({ id, project }) => {
          const rank = (seen.get(project) ?? 0) + 1;
          seen.set(project, rank);
          return rank <= newest || kept.has(id) ? [] : [id];
        });
        await from(database, "deployment", trx)
          .where(among(database, "id", gone))
          .delete();
        await from(database, "deployment_use", trx)
          .where(among(database, "deployment", gone))
          .delete();
        const used = from(database, "deployment_use", trx).select("hash");
        await from(database, "deployment_file", trx).whereNotIn("hash", used).delete();
        if (by && gone.length > 0)
          await writeAudit(database, trx, {
            ...by,
            action: "deployment.remove",
            subject: "mesh",
            detail: { ids: gone },
          });
        return gone;
      }),

    async removedDeployments(ids) {
      // One statement sees one moment: what is recorded meanwhile has both rows or none.
      const rows: { deployment: string }[] = await from(database, "deployment_event")
        .distinct("deployment")
        .where(among(database, "deployment", ids))
        .whereNotIn("deployment", from(database, "deployment").select("id"));
      return rows.map(({ deployment }) => deployment);
    },
  };
}

async function lastSequence(database: Database, on: Knex = database.knex): Promise<number> {
  const row = await from(database, "deployment_event", on).max({ newest: "sequence" }).first();
  return Number(row?.newest ?? 0);
}

async function addMissing(
  database: Database,
  files: ReadonlyMap<string, DeploymentFile>,
  content: (file: DeploymentFile) => Promise<Uint8Array>,
  on: Knex,
): Promise<void> {
  const rows: { hash: string }[] = await from(database, "deployment_file", on)
    .where(among(database, "hash", [...files.keys()]))
    .select("hash");
  const there = new Set(rows.map(({ hash }) => hash));
  // One at a time: together they may be larger than memory.
  for (const [hash, file] of files) {
    if (there.has(hash)) continue;
    const row = { hash, content: Buffer.from(await content(file)) };
    await from(database, "deployment_file", on).insert(row).onConflict("hash").ignore();
  }
}

async function insertDeployment(
  database: Database,
  trx: Knex.Transaction,
  { deployment, sequence, by }: { readonly deployment: NewDeployment; readonly sequence: number; readonly by: string },
): Promise<void> {
  const { id, project, mesh, target, contentHash, shard, vars, files, commit, note } = deployment;
  await from(database, "deployment", trx).insert({
    id,
    sequence,
    project,
    mesh,
    target,
    content_hash: contentHash,
    shard,
    vars: JSON.stringify(vars),
    deployed_by: by,
    git_commit: commit ?? null,
    note: note ?? null,
    deployed_at: now(database),
  });
  const uses = files.map(({ path, hash, bytes }) => ({ deployment: id, path, hash, bytes }));
  for (let at = 0; at < uses.length; at += CHUNK)
    await from(database, "deployment_use", trx).insert(uses.slice(at, at + CHUNK));
}

interface Put {
  readonly sequence: number;
  readonly deployment: { readonly project: string; readonly id?: string };
  readonly action: DeploymentEvent["action"];
  readonly by: Actor;
  readonly why?: string;
  readonly broken?: Readonly<Record<string, readonly string[]>>;
}

/** Changes what is in force, and says so. */
async function put(database: Database, trx: Knex.Transaction, change: Put): Promise<DeploymentEvent> {
  const { action, by, why } = change;
  const { project, id } = change.deployment;
  const broken = change.broken?.[project] ?? [];
  const before: { deployment: string } | undefined = await from(database, "deployed", trx).where({ project }).first();
  if (id === undefined) await from(database, "deployed", trx).where({ project }).delete();
  else await from(database, "deployed", trx).insert({ project, deployment: id }).onConflict("project").merge();
  const [row]: EventRow[] = await from(database, "deployment_event", trx)
    .insert({
      sequence: change.sequence,
      project,
      action,
      deployment: id ?? null,
      previous: before?.deployment ?? null,
      acted_by: by.actor,
      why: why ?? null,
      broken: broken.length > 0 ? JSON.stringify(broken) : null,
      acted_at: now(database),
    })
    .returning("*");
  const detail = { deployment: id ?? null, previous: before?.deployment ?? null, ...(why !== undefined && { why }) };
  await writeAudit(database, trx, {
    ...by,
    action: `deployment.${action}`,
    subject: project,
    detail: { ...detail, ...(broken.length > 0 && { broken }) },
  });
  return event(row as EventRow);
}

function record(
  row: Omit<DeploymentRow, "shard">,
  files: ReadonlyMap<string, readonly DeploymentFile[]>,
): DeploymentRecord {
  return {
    id: row.id,
    sequence: Number(row.sequence),
    project: row.project,
    mesh: row.mesh,
    target: row.target,
    contentHash: row.content_hash,
    vars: JSON.parse(row.vars),
    files: files.get(row.id) ?? [],
    by: row.deployed_by,
    ...present("commit", row.git_commit),
    ...present("note", row.note),
    deployedAt: new Date(row.deployed_at),
  };
}

function event(row: EventRow): DeploymentEvent {
  return {
    sequence: Number(row.sequence),
    project: row.project,
    action: row.action,
    ...present("deployment", row.deployment),
    ...present("previous", row.previous),
    by: row.acted_by,
    ...present("why", row.why),
    broken: row.broken === null ? [] : JSON.parse(row.broken),
    at: new Date(row.acted_at),
  };
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
