// The windowed strategies on real Postgres, MariaDB and SQLite, for every type a cursor can have: ties at the boundary to the
// microsecond, rows within the look-back and behind it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../core/index.ts";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import {
  type StoreMaker,
  startTestMariadb,
  startTestPostgres,
  startTestSqlite,
  type TestStore,
} from "../support/stores.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

interface CursorCase {
  /** The declared type, and the store's. */
  readonly type: string;
  readonly storeType: string;
  readonly lookback: string | number;
  readonly first: string;
  /** The watermark of the first run. */
  readonly last: string;
  readonly inLookback: string;
  readonly tooLate: string;
  readonly later: string;
}

const TIME = {
  first: "'2024-01-01 00:00:00'",
  last: "'2024-03-01 10:00:00.123456'",
  lookback: "1h",
  inLookback: "'2024-03-01 09:00:00.123456'",
  tooLate: "'2024-03-01 09:00:00.123455'",
  later: "'2024-03-01 10:00:00.123457'",
};
const DAY = {
  type: "date",
  first: "'2024-01-01'",
  last: "'2024-03-01'",
  lookback: "1d",
  inLookback: "'2024-02-29'",
  tooLate: "'2024-02-28'",
  later: "'2024-03-02'",
};
const NUMBER = {
  type: "bigint",
  first: "-5",
  last: "1000",
  lookback: 10,
  inLookback: "990",
  tooLate: "989",
  later: "1001",
};
const uuid = (ms: string) => `'0190163d-${ms}-739b-aea5-966c26f8ad91'`;
const UUID7 = {
  type: "uuid",
  first: uuid("0000"),
  last: uuid("8694"),
  lookback: "1s",
  inLookback: uuid("82ac"),
  tooLate: uuid("82ab"),
  later: uuid("8695"),
};

const POSTGRES: readonly CursorCase[] = [
  { type: "timestamptz", storeType: "timestamptz", ...TIME },
  { type: "timestamp", storeType: "timestamp", ...TIME },
  { storeType: "date", ...DAY },
  { storeType: "bigint", ...NUMBER },
  { storeType: "uuid", ...UUID7 },
];
const MARIADB: readonly CursorCase[] = [
  { type: "timestamptz", storeType: "timestamp(6) null", ...TIME },
  { type: "timestamp", storeType: "datetime(6)", ...TIME },
  { storeType: "date", ...DAY },
  { storeType: "bigint", ...NUMBER },
  { storeType: "char(36)", ...UUID7 },
];
const SQLITE: readonly CursorCase[] = [
  { type: "timestamptz", storeType: "text", ...TIME },
  { type: "timestamp", storeType: "text", ...TIME },
  { storeType: "text", ...DAY },
  { storeType: "integer", ...NUMBER },
  { storeType: "text", ...UUID7 },
];

const snapshots = ({ type, lookback }: CursorCase) => `sources:
  - name: shop_db
    tables:
      - name: t
        columns:
          - { name: id, data_type: bigint }
          - { name: c, data_type: ${type} }
          - { name: v, data_type: varchar }
snapshots:
  - name: latest
    relation: source('shop_db', 't')
    config: { strategy: incremental, unique_key: id, cursor: c, lookback: ${lookback} }
  - name: events
    relation: source('shop_db', 't')
    config: { strategy: append, cursor: c, lookback: ${lookback} }
`;

async function goThrough(store: TestStore, cursor: CursorCase): Promise<void> {
  const { settings, writer } = store;
  const project = `name: shop\nowner: { team: Shop, email: shop@example.com }\nstores:\n  shop_db: { client: ${settings.client}, connection: ${JSON.stringify(settings.connection)} }\n`;
  const files = { "projects/shop/project.yml": project, "projects/shop/models/snapshots.yml": snapshots(cursor) };
  await withTempMesh(files, async ({ open }) => {
    const run = async (): Promise<RunResult> => (await open()).run({});
    const ids = async (model: string) =>
      (await (await open()).show({ inline: `select id, v from {{ ref('${model}') }} order by all` }, 100)).rows.map(
        (row) => row.join(" "),
      );
    await writer.exec(`create table t (id bigint, c ${cursor.storeType}, v varchar(20))`);
    await writer.exec(`insert into t values (1, ${cursor.first}, 'a'), (2, ${cursor.last}, 'b')`);
    const first = await run();
    expect(first.status, JSON.stringify(first.steps.map(({ error }) => error?.message))).toBe("success");
    await writer.exec(
      `insert into t values (3, ${cursor.last}, 'tie'), (4, ${cursor.inLookback}, 'late'), (5, ${cursor.tooLate}, 'too late'), (6, ${cursor.later}, 'new')`,
    );
    expect((await run()).status).toBe("success");
    await writer.exec("update t set v = 'B' where id = 6");
    expect((await run()).status).toBe("success");
    expect(await ids("latest")).toEqual(["1 a", "2 b", "3 tie", "4 late", "6 B"]);
    expect(await ids("events")).toEqual(["1 a", "2 b", "3 tie", "4 late", "6 B", "6 new"]);
    const [third, second] = await (await open()).builds({ model: "latest", limit: 2 });
    // The store was asked for the window, and not for everything.
    expect([second?.build.extraction?.storeRows, third?.build.extraction?.storeRows]).toEqual([4, 3]);
    expect(third?.build.extraction?.landedRows).toBe(third?.build.extraction?.storeRows);
  });
}

function suite(cases: readonly CursorCase[], start: () => Promise<StoreMaker>) {
  let server: StoreMaker;
  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(async () => server?.stop());
  it.each(cases)(
    "by $type ($storeType)",
    async (cursor) => {
      const store = await server.createStore();
      try {
        await goThrough(store, cursor);
      } finally {
        await store.remove();
      }
    },
    60_000,
  );
}

const hasMariadb = await isMariadbInstalled();

describe("Postgres", () => suite(POSTGRES, startTestPostgres));
describe.skipIf(!hasMariadb)("MariaDB (skipped where it is not installed)", () => suite(MARIADB, startTestMariadb));
describe("SQLite", () => suite(SQLITE, startTestSqlite));
