// Owns publishing: what each model shows now and the history of it, changed only in one guarded transaction.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { AuditEntry } from "../audit-types.ts";
import type { Publication, PublishChange, PublishedBy, StateStore } from "../types.ts";
import { writeAudit } from "./audit.ts";
import { among, type Database, from, inTransaction, now, quoted } from "./database.ts";
import { type BuildRow, type PublicationRow, publication } from "./records.ts";

type PublicationMethods = Pick<
  StateStore,
  "publish" | "published" | "publishedOf" | "publishedSequence" | "listPublications"
>;

export function createPublicationMethods(database: Database): PublicationMethods {
  const table = () => from(database, "publication");

  return {
    publish: (changes, by) =>
      inTransaction(database, async (trx) => {
        if (changes.length === 0) return [];
        const last = await enterPublishing(database, changes, by, trx);
        const made = await writePublications(database, changes, by, last, trx);
        if (by.action === "rollback") for (const one of made) await writeAudit(database, trx, rollbackEntry(one, by));
        return made;
      }),

    async published(projects) {
      const shown = from(database, "published").select("sequence");
      if (projects !== undefined) shown.where(among(database, "project", projects));
      const rows: PublicationRow[] = await table().whereIn("sequence", shown).orderBy("model");
      return new Map(rows.map((row) => [row.model, publication(row)]));
    },

    async publishedOf(models) {
      if (models.length === 0) return new Map();
      const shown = from(database, "published")
        .select("sequence")
        .where(among(database, "model", models));
      const rows: PublicationRow[] = await table().whereIn("sequence", shown);
      return new Map(rows.map((row) => [row.model, publication(row)]));
    },

    async publishedSequence(project) {
      const row = await table().where({ project }).max({ newest: "sequence" }).first();
      return Number(row?.newest ?? 0);
    },

    async listPublications({ model, runId, since, limit }) {
      const query = table().orderBy("sequence", "desc");
      if (model !== undefined) query.where({ model });
      if (runId !== undefined) query.where({ run_id: runId });
      if (since !== undefined) query.where("published_at", ">=", since.toISOString());
      if (limit !== undefined) query.limit(limit);
      return ((await query) as PublicationRow[]).map(publication);
    },
  };
}

/**
 * Makes every publisher wait for the one before to commit, so that sequences become visible in their order: a reader that
 * saw a number never meets a smaller one later. Returns the last sequence given out.
 */
export async function lockPublishing(database: Database, trx: Knex.Transaction, take = 0): Promise<number> {
  const [row] = await from(database, "meta", trx)
    .where({ key: "sequence" })
    .update({ value: trx.raw("cast(cast(?? as bigint) + ? as text)", ["value", take]) })
    .returning("value");
  return Number(row?.value);
}

/**
 * The locks of who publishes, the first that a transaction takes: whoever publishes waits for the one before, and the run cannot be ended
 * meanwhile. Returns the last of the changes' sequences. Throws `run/lost`, `run/cancelled`.
 */
export async function enterPublishing(
  database: Database,
  changes: readonly PublishChange[],
  by: PublishedBy,
  trx: Knex.Transaction,
): Promise<number> {
  const last = await lockPublishing(database, trx, changes.length);
  if (by.action === "publish" && by.runId !== undefined) await checkRunLives(database, by.runId, trx);
  return last;
}

/** Publishes all or, by throwing inside the transaction, none. `last`: what `enterPublishing` gave. */
export async function writePublications(
  database: Database,
  changes: readonly PublishChange[],
  by: PublishedBy,
  last: number,
  trx: Knex.Transaction,
): Promise<readonly Publication[]> {
  const runId = by.action === "publish" ? by.runId : undefined;
  const previous = await checkExpected(database, changes, trx);
  await checkPassed(database, changes, trx);

  const rows = changes.map(({ model, project, buildId }, i) => ({
    sequence: last - changes.length + 1 + i,
    model,
    project,
    build_id: buildId,
    previous_build_id: previous.get(model) ?? null,
    run_id: runId ?? null,
    action: by.action,
    published_at: now(database),
  }));
  const made: PublicationRow[] = await from(database, "publication", trx).insert(rows).returning("*");
  await from(database, "published", trx)
    .insert(rows.map(({ model, project, build_id, sequence }) => ({ model, project, build_id, sequence })))
    .onConflict("model")
    .merge();
  return made.map(publication).sort((a, b) => a.sequence - b.sequence);
}

function rollbackEntry(
  { model, buildId, previousBuildId }: Publication,
  { by, why }: PublishedBy & { readonly action: "rollback" },
): AuditEntry {
  const detail = { build: buildId, previous: previousBuildId ?? null, ...(why !== undefined && { why }) };
  return { ...by, action: "model.rollback", subject: model, detail };
}

/** A run declared dead may still be alive. It must not publish: what it made may be swept at any moment. */
async function checkRunLives(database: Database, runId: string, trx: Knex.Transaction): Promise<void> {
  const forUpdate = database.kind === "postgres" ? " for update" : "";
  const found = await trx.raw(
    `select status, cancel_requested_at from ${quoted(database, "run")} where id = ?${forUpdate}`,
    [runId],
  );
  const [run] = (database.kind === "postgres" ? found.rows : found) as {
    status: string;
    cancel_requested_at: unknown;
  }[];
  if (run?.cancel_requested_at) throw problems.cancelled({ what: `run ${runId}` });
  if (run !== undefined && run.status !== "running") throw problems.runLost({ runId, status: run.status });
}

async function checkExpected(
  database: Database,
  changes: readonly PublishChange[],
  trx: Knex.Transaction,
): Promise<ReadonlyMap<string, string>> {
  const models = changes.map(({ model }) => model);
  const shown: { model: string; build_id: string }[] = await from(database, "published", trx)
    .where(among(database, "model", models))
    .select("model", "build_id");
  const buildOf = new Map(shown.map((row) => [row.model, row.build_id]));
  const conflicts = changes
    .map(({ model, expected }) => ({ model, expected, published: buildOf.get(model) ?? null }))
    .filter(({ expected, published }) => expected !== published);
  if (conflicts.length > 0) throw problems.superseded({ conflicts });
  return buildOf;
}

async function checkPassed(
  database: Database,
  changes: readonly PublishChange[],
  trx: Knex.Transaction,
): Promise<void> {
  const ids = changes.map(({ buildId }) => buildId);
  const rows: BuildRow[] = await from(database, "build", trx)
    .where(among(database, "id", ids))
    .select("id", "model", "status");
  const found = new Map(rows.map((row) => [row.id, row]));
  const builds = changes
    .map(({ model, buildId }) => ({ model, buildId, why: whyNot(model, found.get(buildId)) }))
    .filter((build): build is typeof build & { why: string } => build.why !== undefined);
  if (builds.length > 0) throw problems.buildNotPublishable({ builds });
}

function whyNot(model: string, build: BuildRow | undefined): string | undefined {
  if (build === undefined) return "does not exist";
  if (build.model !== model) return `is a build of ${build.model}`;
  return build.status === "passed" ? undefined : `is ${build.status}`;
}
