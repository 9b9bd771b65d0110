// Owns filling the loyalty service's MariaDB, on machines that have one. Every day replaces the table: it is small.
import { createConnection } from "mysql2/promise";
import { membersOn } from "../generate/members.ts";
import type { World } from "../generate/world.ts";
import { LOYALTY_SCHEMA } from "./schemas.ts";

const ROWS_PER_INSERT = 2_000;

export async function loadLoyalty(
  url: string,
  world: World,
  day: number,
  report: (what: string, rows: number) => void,
): Promise<void> {
  const connection = await createConnection({ uri: url, timezone: "Z" });
  connection.on("error", () => undefined);
  try {
    for (const statement of LOYALTY_SCHEMA) await connection.query(statement);
    const members = membersOn(world, day);
    for (let at = 0; at < members.length; at += ROWS_PER_INSERT) {
      const rows = members.slice(at, at + ROWS_PER_INSERT);
      const values = rows.map((one) => [
        one.member_id,
        one.customer_id,
        one.tier,
        one.points,
        one.updated_at.replace("T", " ").replace("Z", ""),
      ]);
      await connection.query("insert into members values ?", [values]);
    }
    report("members", members.length);
  } finally {
    await connection.end().catch(() => connection.destroy());
  }
}
