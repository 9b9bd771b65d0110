// A Postgres connection cut at every stage of a reading, and a reading given up at every stage: coded, resumable where the point lives, nothing left behind.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type StoreSettings } from "../../core/source/index.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { named } from "../support/extract-all.ts";
import { type PostgresProxy, type Stage, startPostgresProxy } from "../support/postgres-proxy.ts";
import { failureOf, reading, textOf } from "../support/read-store.ts";
import { sharedStore } from "../support/shared-store.ts";
import { startTestPostgres } from "../support/stores.ts";

const ROWS = 5000;
const COLUMNS = named([
  { name: "id", type: "BIGINT" },
  { name: "pad", type: "VARCHAR" },
]);
const store = sharedStore(startTestPostgres);
let proxy: PostgresProxy;
let settings: StoreSettings;
let injected = 0;
beforeAll(async () => {
  await store.writer.exec(
    `CREATE TABLE t (id bigint PRIMARY KEY, pad text); INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, ${ROWS}) n`,
  );
  const url = new URL(store.settings.connection as string);
  proxy = await startPostgresProxy(Number(url.port));
  url.port = String(proxy.port);
  settings = reading({ ...store.settings, connection: url.href }, { readers: 2, splitAboveBytes: 1 });
});
afterAll(async () => {
  console.log(`postgres faults: ${injected} injected`);
  expect(injected).toBe(CUTS.length + GIVEN_UP.length);
  await proxy?.stop();
});

const connections = () =>
  store.writer.value(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mesh' AND backend_type = 'client backend'",
  );

/** Everything a step of a run asks of a store. */
async function readAll(signal?: AbortSignal) {
  const connection = await openStore(settings);
  try {
    const session = await connection.openConsistentSession(signal);
    const table = { identifier: "t" };
    await session.columns(table);
    const extraction = await session.extract({ table, columns: COLUMNS, signal });
    const rows = [];
    for (const part of extraction.parts) rows.push(...parseCopyCsv(await textOf(part.open())));
    const account = await extraction.account?.({ checksum: true });
    return { rows: rows.length, counted: extraction.rows(), account: account?.rows };
  } finally {
    await connection.close();
    await expect.poll(connections).toBe("0");
  }
}
const WHOLE = { rows: ROWS, counted: ROWS, account: ROWS };

const COPY_DATA = "d";
const STAGES = {
  "at connect": { at: "connect" },
  "at login": { at: "login" },
  "taking the point": { at: "client", says: "pg_export_snapshot" },
  "looking up the table": { at: "client", says: "pg_catalog.pg_class" },
  "looking up the columns": { at: "client", says: "pg_catalog.pg_attribute" },
  "measuring the table": { at: "client", says: "pg_relation_size" },
  "joining the point": { at: "client", says: "SET TRANSACTION SNAPSHOT" },
  "describing the columns": { at: "client", says: "LIMIT 0" },
  "before the first byte": { at: "client", says: "COPY (" },
  "after the first row": { at: "server", kind: COPY_DATA, messages: 1 },
  "at a row's border": { at: "server", kind: COPY_DATA, messages: 1000 },
  "in the middle of a row": { at: "server", kind: COPY_DATA, messages: 1000, bytes: 40 },
  "after the last row": { at: "server", kind: "c", messages: 1 },
  "before COMMIT": { at: "client", says: "COMMIT" },
  "in the account": { at: "client", says: "count(*)" },
} as const satisfies Readonly<Record<string, Stage>>;
type StageName = keyof typeof STAGES;

const CUTS = Object.keys(STAGES) as StageName[];
/** The catalog is asked without a signal: that takes a moment. */
const GIVEN_UP = CUTS.filter((name) => !name.startsWith("looking up"));

test.each(CUTS)("cut %s: a passing failure of the store, and the next attempt is whole", async (name) => {
  const before = proxy.hits;
  proxy.arm(STAGES[name]);
  const error = await failureOf(readAll());
  injected += proxy.hits - before;
  expect(error).toMatchObject({
    code: expect.stringMatching(/^store\/(unreachable|connection-lost)$/),
    retryable: true,
  });
  expect(await readAll()).toEqual(WHOLE);
});

test.each(GIVEN_UP)("given up %s: the reason is thrown, and the next attempt is whole", async (name) => {
  const before = proxy.hits;
  const abort = new AbortController();
  proxy.arm(STAGES[name], () => abort.abort(new Error("enough")));
  expect((await failureOf(readAll(abort.signal))).message).toBe("enough");
  injected += proxy.hits - before;
  expect(await readAll()).toEqual(WHOLE);
});

test("a part that is cut anywhere is opened again in the same session", async () => {
  const connection = await openStore(settings);
  const session = await connection.openConsistentSession();
  const extraction = await session.extract({ table: { identifier: "t" }, columns: COLUMNS });
  const stages: readonly StageName[] = [
    "joining the point",
    "describing the columns",
    "before the first byte",
    "after the first row",
    "at a row's border",
    "in the middle of a row",
    "after the last row",
    "before COMMIT",
  ];
  const before = proxy.hits;
  for (const name of stages) {
    proxy.arm(STAGES[name]);
    expect((await failureOf(textOf(extraction.parts[0]!.open()))).retryable).toBe(true);
    expect(() => extraction.rows()).toThrow(/not ended/);
  }
  const texts = await Promise.all(extraction.parts.map((part) => textOf(part.open())));
  expect(texts.reduce((sum, text) => sum + parseCopyCsv(text).length, 0)).toBe(ROWS);
  expect(extraction.rows()).toBe(ROWS);
  proxy.arm(STAGES["in the account"]);
  expect((await failureOf(extraction.account!({ checksum: true }))).retryable).toBe(true);
  expect((await extraction.account!({ checksum: true })).rows).toBe(ROWS);
  console.log(`postgres faults: ${proxy.hits - before} in one session`);
  expect(proxy.hits - before).toBe(stages.length + 1);
  await connection.close();
  await expect.poll(connections).toBe("0");
});
