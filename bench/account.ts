// Measures what the store's own account of a table costs beside COPY of the same rows: elapsed, and processor time of the backend.
import { readFile } from "node:fs/promises";
import pg from "pg";
import { accountStatement } from "../core/source/knex/postgres/account.ts";
import { findTable } from "../core/source/knex/postgres/catalog.ts";
import { copyStatement, planCopy } from "../core/source/knex/postgres/copy-plan.ts";
import { startPostgres } from "../demo/stores/postgres.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { bookings, fillTable } from "./store-tables.ts";

const ROUNDS = 3;

/** --size: rows, 2,000,000 unless told. */
const bench: Bench = async ({ size = 2_000_000, tell }) => {
  const server = await startPostgres({ settings: { max_parallel_workers_per_gather: "2" } });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await fillTable(server.url, bookings, size);
    await client.query(`VACUUM ANALYZE ${bookings.name}`);
    await client.query("SET timezone = 'UTC'");
    const request = { identifier: bookings.name };
    const table = await findTable(client, request);
    if (!table) throw new Error("the table was not made");
    const columns = bookings.columns.map(([name, , type]) => ({ name, identifier: name, type }));
    const plan = planCopy({ store: "bench", place: server.host }, table, { table: request, columns });
    const copy = copyStatement(plan).replace("TO STDOUT", "TO '/dev/null'");
    const ways: readonly (readonly [name: string, sql: string, workers: number])[] = [
      ["COPY as it is", `COPY ${table.sql} TO '/dev/null' (FORMAT csv)`, 0],
      ["COPY as mesh asks for it", copy, 0],
      ["counts alone", accountStatement(plan, false, true).sql, 0],
      ["counts and checksum", accountStatement(plan, true, true).sql, 0],
      ["counts and checksum, two workers", accountStatement(plan, true, true).sql, 2],
    ];
    const elapsed = ways.map((): number[] => []);
    const processor = ways.map((): number[] => []);
    const pid = Number((await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid);
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, [name, sql, workers]] of ways.entries()) {
        await client.query(`SET max_parallel_workers_per_gather = ${workers}`);
        const [began, before] = [performance.now(), await processorSeconds(pid)];
        await client.query(sql);
        elapsed[i]?.push((performance.now() - began) / 1000);
        processor[i]?.push((await processorSeconds(pid)) - before);
        tell(`${name}: ${elapsed[i]?.at(-1)?.toFixed(1)} s, ${processor[i]?.at(-1)?.toFixed(1)} s of the backend`);
      }
    const base = [median(elapsed[1] ?? []), median(processor[1] ?? [])] as const;
    return ways.flatMap(([name, , workers], i): Figure[] => {
      const [seconds, busy] = [median(elapsed[i] ?? []), median(processor[i] ?? [])];
      const against = (value: number, of: number) => ({ what: "COPY as mesh asks for it", ratio: value / of });
      const whole = { name: `${name}: elapsed`, value: seconds, unit: "s", against: against(seconds, base[0]) };
      // The workers are processes of their own.
      if (workers > 0) return [whole];
      return [whole, { name: `${name}: processor`, value: busy, unit: "s", against: against(busy, base[1]) }];
    });
  } finally {
    await client.end();
    await server.stop();
  }
};

/** Of a process on this machine, by Linux; hundredths of a second. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export default bench;
