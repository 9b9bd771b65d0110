// Owns the version of all that is known of promises: it grows with every record, so that who decided by an older one is refused.
import type { Knex } from "knex";
import { type Database, from } from "./database.ts";

/** The key of `meta` with the version and the time of the last evaluation. */
export const LEVELS_KEY = "service_levels";

/** Makes what an evaluation under way decided useless: it goes by what was before. */
export async function supersede(database: Database, trx: Knex.Transaction): Promise<void> {
  const [row]: { value: string }[] = await from(database, "meta", trx)
    .where({ key: LEVELS_KEY })
    .update({ value: trx.ref("value") })
    .returning("value");
  const [count = "0", at = ""] = (row?.value ?? "0 ").split(" ");
  await from(database, "meta", trx)
    .where({ key: LEVELS_KEY })
    .update({ value: `${Number(count) + 1} ${at}` });
}
