// Owns getting many rows into a Postgres table: COPY, in the CSV dialect mesh itself reads stores with.
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from } from "pg-copy-streams";
import { csvCell } from "../../core/util/index.ts";

type Row = object;

const ROWS_PER_CHUNK = 1_000;

function* chunks(rows: Iterable<Row>): Generator<string> {
  let text = "";
  let held = 0;
  for (const row of rows) {
    text += `${Object.values(row)
      .map((value) => csvCell(value === null ? null : String(value)))
      .join(",")}\n`;
    if (++held === ROWS_PER_CHUNK) {
      yield text;
      text = "";
      held = 0;
    }
  }
  if (text !== "") yield text;
}

/** Rows are objects whose keys stand in the table's order. Returns how many went in. */
export async function copyRows(client: Client, table: string, rows: Iterable<Row>): Promise<number> {
  const copy = client.query(from(`copy ${table} from stdin (format csv)`));
  await pipeline(Readable.from(chunks(rows)), copy);
  return copy.rowCount ?? 0;
}

export async function copyFile(client: Client, table: string, path: string): Promise<number> {
  const copy = client.query(from(`copy ${table} from stdin (format csv)`));
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), copy);
  return copy.rowCount ?? 0;
}

/** Inserts the rows, or replaces those whose key is there. */
export async function upsertRows(client: Client, table: string, key: string, rows: Iterable<Row>): Promise<number> {
  await client.query(`create temporary table incoming (like ${table}) on commit drop`);
  const count = await copyRows(client, "incoming", rows);
  const columns = await client.query<{ name: string }>(
    "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum",
    [table],
  );
  const updates = columns.rows.map(({ name }) => `${name} = excluded.${name}`).join(", ");
  await client.query(`insert into ${table} select * from incoming on conflict (${key}) do update set ${updates}`);
  await client.query("drop table incoming");
  return count;
}
