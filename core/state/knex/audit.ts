// Owns the audit log: entries are appended, each with a hash of itself and of the one before, and never changed.
import type { Knex } from "knex";
import { hashOf, redactUrl } from "../../util/index.ts";
import type { AuditEntry, AuditRecord, AuditState } from "../audit-types.ts";
import { type Database, from, inTransaction, readableJson } from "./database.ts";
import type { Instant, Whole } from "./records.ts";

interface AuditRow {
  sequence: Whole;
  at: Instant;
  actor: string;
  via: AuditRecord["via"];
  action: AuditRecord["action"];
  subject: string;
  detail: string;
  hash: string;
}
type Hashed = Omit<AuditRow, "sequence" | "at" | "hash"> & { readonly sequence: number; readonly at: string };

/** Entries read at a time while the log is verified. */
const PAGE = 1_000;

export function createAuditMethods(database: Database): AuditState {
  const table = () => from(database, "audit");

  return {
    appendAudit: (entry) => inTransaction(database, (trx) => writeAudit(database, trx, entry)),

    async listAudit({ since, before, limit, ...equal } = {}) {
      const query = table().orderBy("sequence", "desc");
      for (const [column, value] of Object.entries(equal)) if (value !== undefined) query.where(column, value);
      if (since !== undefined) query.where("at", ">=", since.toISOString());
      if (before !== undefined) query.where("sequence", "<", before);
      if (limit !== undefined) query.limit(limit);
      return ((await query) as AuditRow[]).map(auditRecord);
    },

    async verifyAudit() {
      const head = readHead((await from(database, "meta").where({ key: HEAD }).first())?.value);
      let last = { sequence: 0, hash: "" };
      const broken = (sequence: number, what: string) =>
        ({ intact: false, entries: head.sequence, broken: { sequence, what } }) as const;
      while (last.sequence < head.sequence) {
        const rows: AuditRow[] = await table()
          .where("sequence", ">", last.sequence)
          .where("sequence", "<=", head.sequence)
          .orderBy("sequence")
          .limit(PAGE);
        if (rows.length === 0) return broken(last.sequence + 1, "it and all after it are missing");
        for (const row of rows) {
          const sequence = Number(row.sequence);
          if (sequence !== last.sequence + 1) return broken(last.sequence + 1, "it is missing");
          const hash = linkOf(last.hash, { ...row, sequence, at: new Date(row.at).toISOString() });
          if (hash !== row.hash) return broken(sequence, "it is not what was written");
          last = { sequence, hash };
        }
      }
      if (last.hash !== head.hash) return broken(last.sequence, "it is not the one that was written last");
      return { intact: true, entries: head.sequence };
    },
  };
}

/**
 * Appends an entry in the transaction of the change that it tells of. Call it last: whoever writes after it waits for this
 * transaction to end, and everybody else takes locks in the same order.
 */
export async function writeAudit(database: Database, trx: Knex, entry: AuditEntry): Promise<AuditRecord> {
  const { actor, via, action, subject, detail = {} } = entry;
  // Held to the end of the transaction: the chain grows by one entry at a time, and sequences become visible in their order.
  const [held]: { value: string }[] = await from(database, "meta", trx)
    .where({ key: HEAD })
    .update({ value: trx.ref("value") })
    .returning("value");
  const head = readHead(held?.value);
  const [clock] = await trx.select({ now: trx.raw(database.now) });
  const row: Hashed = {
    sequence: head.sequence + 1,
    at: new Date(clock.now).toISOString(),
    actor,
    via,
    action,
    subject: redactUrl(subject),
    detail: readableJson(withoutSecrets(detail)),
  };
  const hash = linkOf(head.hash, row);
  await from(database, "audit", trx).insert({ ...row, hash });
  await from(database, "meta", trx)
    .where({ key: HEAD })
    .update({ value: `${row.sequence} ${hash}` });
  return auditRecord({ ...row, hash });
}

/** The key of `meta` with the sequence and the hash of the newest entry: without it, nobody would miss entries cut off the end. */
const HEAD = "audit";

function readHead(value: string | undefined): { readonly sequence: number; readonly hash: string } {
  const [sequence = "0", hash = ""] = (value ?? "").split(" ");
  return { sequence: Number(sequence), hash };
}

function linkOf(previous: string, { sequence, at, actor, via, action, subject, detail }: Hashed): string {
  return hashOf([previous, sequence, at, actor, via, action, subject, detail]);
}

const SECRET_KEY =
  /^(.*[_-])?(password|passwd|secret|token|authorization|cookie|connection|credentials?|api[_-]?key)$/i;

/** Whoever passes a secret by mistake must not find it in a log that cannot be changed. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return redactUrl(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, SECRET_KEY.test(key) ? "***" : withoutSecrets(item)]),
  );
}

const auditRecord = (row: AuditRow): AuditRecord => ({
  sequence: Number(row.sequence),
  at: new Date(row.at),
  actor: row.actor,
  via: row.via,
  action: row.action,
  subject: row.subject,
  detail: JSON.parse(row.detail),
  hash: row.hash,
});
