// Owns build records and the one-way road of their status.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { Actor, AuditEntry } from "../audit-types.ts";
import type { BuildStatus, StateStore } from "../types.ts";
import { writeAudit } from "./audit.ts";
import { among, type Database, from, inTransaction, now } from "./database.ts";
import { lockPublishing } from "./publications.ts";
import { type BuildRow, buildRecord } from "./records.ts";

type BuildMethods = Pick<StateStore, "createBuild" | "completeBuild" | "setBuildStatus" | "getBuilds" | "listBuilds">;

/** From which status each may be reached. Reaching it again is no error: a retried write may have arrived the first time. */
const REACHED_FROM: Readonly<Record<BuildStatus, readonly BuildStatus[]>> = {
  building: ["building"],
  built: ["building", "built"],
  passed: ["built", "passed"],
  rejected: ["building", "built", "rejected"],
  removed: ["building", "built", "passed", "rejected", "removed"],
};

export function createBuildMethods(database: Database): BuildMethods {
  const table = () => from(database, "build");

  return {
    async createBuild({ runId, relation, inputs, ...build }) {
      await table().insert({
        ...build,
        relation: JSON.stringify(relation),
        inputs: JSON.stringify(inputs),
        run_id: runId,
        status: "building",
        created_at: now(database),
      });
    },

    async completeBuild(id, { data, contentId, asOf, position, extraction }) {
      const completed = await table()
        .where({ id })
        .whereIn("status", REACHED_FROM.built)
        .update({
          status: "built",
          data: JSON.stringify(data),
          content_id: contentId,
          as_of: asOf,
          position: position ?? null,
          extraction: extraction === undefined ? null : JSON.stringify(extraction),
          rows: data.kind === "files" ? data.rows : null,
          bytes: data.kind === "files" ? data.bytes : null,
        });
      if (completed === 0) await refuse(database, [id], "built");
    },

    async setBuildStatus(ids, status, by) {
      if (ids.length === 0) return;
      const wanted = [...new Set(ids)].sort();
      if (status === "removed") {
        // Under the publish lock: else a rollback could publish a build in the instant its files go. Durable: the files
        // are deleted next, and a power cut must not bring the record back without them.
        await database.durably(() =>
          inTransaction(database, async (trx) => {
            await lockPublishing(database, trx);
            const shown: { build_id: string; model: string }[] = await from(database, "published", trx)
              .where(among(database, "build_id", wanted))
              .orderBy("build_id");
            if (shown.length > 0) {
              throw problems.buildPublished({ builds: shown.map((row) => ({ id: row.build_id, model: row.model })) });
            }
            await moveBuilds(database, wanted, status, trx);
            if (by) await writeAudit(database, trx, removalEntry(wanted, by));
          }),
        );
      } else if (wanted.length === 1) await moveBuilds(database, wanted, status);
      else await inTransaction(database, (trx) => moveBuilds(database, wanted, status, trx));
    },

    async getBuilds(ids) {
      if (ids.length === 0) return new Map();
      const rows: BuildRow[] = await table().where(among(database, "id", ids));
      return new Map(rows.map((row) => [row.id, buildRecord(row)]));
    },

    async listBuilds(filter = {}) {
      const query = table().orderBy([
        { column: "created_at", order: "desc" },
        { column: "id", order: "desc" },
      ]);
      if (filter.models !== undefined) query.where(among(database, "model", filter.models));
      if (filter.runs !== undefined) query.where(among(database, "run_id", filter.runs));
      if (filter.statuses !== undefined) query.whereIn("status", filter.statuses);
      if (filter.limit !== undefined) query.limit(filter.limit);
      return ((await query) as BuildRow[]).map(buildRecord);
    },
  };
}

/** So many of the removed builds are named in the audit log; all are counted. */
const NAMED = 20;

function removalEntry(ids: readonly string[], by: Actor): AuditEntry {
  return { ...by, action: "build.remove", subject: "mesh", detail: { builds: ids.length, ids: ids.slice(0, NAMED) } };
}

/** All of them or, by throwing inside the transaction, none. */
export async function moveBuilds(
  database: Database,
  ids: readonly string[],
  status: BuildStatus,
  trx?: Knex,
): Promise<void> {
  const moved = await from(database, "build", trx)
    .where(among(database, "id", ids))
    .whereIn("status", REACHED_FROM[status])
    .update({ status });
  if (moved !== ids.length) await refuse(database, ids, status, trx);
}

async function refuse(database: Database, ids: readonly string[], wanted: BuildStatus, trx?: Knex): Promise<never> {
  const rows: BuildRow[] = await from(database, "build", trx).where(among(database, "id", ids));
  const found = new Map(rows.map((row) => [row.id, row.status]));
  const builds = ids
    .map((id) => ({ id, status: found.get(id) }))
    .filter(({ status }) => status === undefined || !REACHED_FROM[wanted].includes(status))
    .map(({ id, status }) => ({ id, status: status ?? "unknown" }));
  throw problems.buildStatusRefused({ wanted, builds });
}
