// Owns the tokens of the API: made, found by id and compared in constant time, revoked; each change with its entry in the audit log.
import { timingSafeEqual } from "node:crypto";
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { TokenRecord, TokenState } from "../token-types.ts";
import { writeAudit } from "./audit.ts";
import { after, type Database, from, inTransaction, now } from "./database.ts";
import { type Instant, instant, present } from "./records.ts";

interface TokenRow {
  id: string;
  name: string;
  role: TokenRecord["role"];
  hash: string;
  created_at: Instant;
  created_by: string;
  expires_at: Instant | null;
  revoked_at: Instant | null;
  revoked_by: string | null;
  last_used_at: Instant | null;
  /** 1 when its time is over by the database's clock. */
  over: number;
}

const NOTED_EVERY_MS = 60_000;

export function createTokenMethods(database: Database): TokenState {
  const rows = (trx: Knex = database.knex) =>
    from(database, "api_token", trx).select(
      "*",
      trx.raw(`case when expires_at <= ${database.now} then 1 else 0 end as "over"`),
    );

  return {
    createToken: ({ expiresAfterMs, ...token }, by) =>
      inTransaction(database, async (trx) => {
        const [made] = await from(database, "api_token", trx)
          .insert({
            ...token,
            created_at: now(database),
            created_by: by.actor,
            expires_at: expiresAfterMs === undefined ? null : after(database, expiresAfterMs),
          })
          .onConflict(trx.raw("(name) where revoked_at is null"))
          .ignore()
          .returning("id");
        if (!made) throw problems.tokenNameTaken({ name: token.name });
        const row: TokenRow = await rows(trx).where({ id: token.id }).first();
        const record = tokenRecord(row);
        const { role, expiresAt } = record;
        const detail = { id: token.id, role, ...(expiresAt && { expiresAt }) };
        await writeAudit(database, trx, { ...by, action: "token.create", subject: token.name, detail });
        return record;
      }),

    async useToken({ id, hash }) {
      const row: TokenRow | undefined = await rows().where({ id }).first();
      // The same comparison is made when there is no such token: how long it takes tells nothing.
      const kept = Buffer.from(row?.hash ?? "0".repeat(64), "hex");
      const given = Buffer.from(hash, "hex");
      const same = kept.length === given.length && timingSafeEqual(kept, given);
      if (!row || !same) return undefined;
      const record = tokenRecord(row);
      if (record.status === "live")
        await from(database, "api_token")
          .where({ id })
          .where((old) => old.whereNull("last_used_at").orWhere("last_used_at", "<=", after(database, -NOTED_EVERY_MS)))
          .update({ last_used_at: now(database) });
      return record;
    },

    async listTokens() {
      return ((await rows().orderBy("id", "desc")) as TokenRow[]).map(tokenRecord);
    },

    revokeToken: (nameOrId, by) =>
      inTransaction(database, async (trx) => {
        const [ended] = await from(database, "api_token", trx)
          .where((named) => named.where({ id: nameOrId }).orWhere({ name: nameOrId }))
          .whereNull("revoked_at")
          .update({ revoked_at: now(database), revoked_by: by.actor })
          .returning(["id", "name"]);
        if (!ended) return undefined;
        const row: TokenRow = await rows(trx).where({ id: ended.id }).first();
        await writeAudit(database, trx, {
          ...by,
          action: "token.revoke",
          subject: ended.name,
          detail: { id: ended.id },
        });
        return tokenRecord(row);
      }),
  };
}

function tokenRecord(row: TokenRow): TokenRecord {
  const ended = Number(row.over) === 1 ? "expired" : "live";
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: new Date(row.created_at),
    createdBy: row.created_by,
    ...instant("expiresAt", row.expires_at),
    ...instant("revokedAt", row.revoked_at),
    ...present("revokedBy", row.revoked_by),
    ...instant("lastUsedAt", row.last_used_at),
    status: row.revoked_at === null ? ended : "revoked",
  };
}
