// Measures reading alone: each kind of store to CSV bytes that are thrown away, with the memory it takes at two sizes.

import { openStore, type StoreSettings } from "../core/source/index.ts";
import { isMariadbInstalled } from "../demo/stores/mariadb.ts";
import { bytesOf, extractNamed } from "../test/support/extract-all.ts";
import { createSqliteStore, type TestStore, withMariadb, withPostgres } from "../test/support/stores.ts";
import type { Bench, Figure } from "./figure.ts";

const COLUMNS = [
  { name: "id", type: "BIGINT" },
  { name: "name", type: "VARCHAR" },
  { name: "note", type: "VARCHAR" },
  { name: "amount", type: "DOUBLE" },
];
const TABLE = (text: string) =>
  `CREATE TABLE many (id bigint PRIMARY KEY, name ${text}, note ${text}, amount double precision)`;
const CELLS = (n: string, join: (a: string, b: string) => string) =>
  `${n}, ${join("'name '", n)}, ${join("'a note of some length, with a comma, about number '", n)}, ${n} * 0.5`;
const bars = (a: string, b: string) => `${a} || ${b}`;

/** --size: rows, 1,000,000 unless told. */
const bench: Bench = async ({ size = 1_000_000, tell }) => {
  const figures: Figure[] = [];
  const measure = async (name: string, store: TestStore, fill: (rows: number) => readonly string[]) => {
    const peaks: number[] = [];
    for (const rows of [Math.ceil(size / 10), size]) {
      for (const statement of fill(rows)) await store.writer.exec(statement);
      const { seconds, peakMb } = await read(store.settings);
      await store.writer.exec("DROP TABLE many");
      peaks.push(peakMb);
      tell(`${name}: ${rows} rows in ${seconds.toFixed(1)} s, ${Math.round(peakMb)} MB`);
      if (rows === size) figures.push({ name: `${name}: rows read`, value: rows / seconds, unit: "rows/s" });
    }
    const [small = Number.NaN, large = Number.NaN] = peaks;
    figures.push({
      name: `${name}: peak memory`,
      value: large,
      unit: "MB",
      against: { what: "at a tenth of the rows", ratio: large / small },
    });
    await store.remove();
  };
  await withPostgres(async (server) =>
    measure("postgres", await server.createStore(), (rows) => [
      TABLE("text"),
      `INSERT INTO many SELECT ${CELLS("n", bars)} FROM generate_series(1, ${rows}) n`,
    ]),
  );
  if (await isMariadbInstalled()) {
    const concat = (a: string, b: string) => `concat(${a}, ${b})`;
    await withMariadb(async (server) =>
      measure("mariadb", await server.createStore(), (rows) => [
        TABLE("text"),
        `INSERT INTO many SELECT ${CELLS("seq", concat)} FROM seq_1_to_${rows}`,
      ]),
    );
  }
  await measure("sqlite", await createSqliteStore(), (rows) => [
    TABLE("text"),
    `INSERT INTO many WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT ${rows}) SELECT ${CELLS("n", bars)} FROM r`,
  ]);
  return figures;
};

async function read(settings: StoreSettings): Promise<{ readonly seconds: number; readonly peakMb: number }> {
  const connection = await openStore(settings);
  try {
    const session = await connection.openConsistentSession();
    const started = performance.now();
    let peak = 0;
    const extraction = await extractNamed(session, { table: { identifier: "many" }, columns: COLUMNS });
    for await (const _ of bytesOf(extraction)) peak = Math.max(peak, process.memoryUsage.rss());
    await session.close();
    return { seconds: (performance.now() - started) / 1_000, peakMb: peak / 2 ** 20 };
  } finally {
    await connection.close();
  }
}

export default bench;
