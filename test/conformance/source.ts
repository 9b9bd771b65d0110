// Owns the meaning of "a source adapter": every adapter must pass this suite on its real store.

import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ColumnSchema } from "../../core/manifest/index.ts";
import {
  type ConsistentSession,
  type Extraction,
  openStore,
  type SourceTable,
  type StoreConnection,
  type StoreSettings,
} from "../../core/source/index.ts";
import type { StoreTypes } from "../source/types/store-types.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, extractNamed } from "../support/extract-all.ts";
import { landChecked, landRows } from "../support/land-rows.ts";
import { failureOf } from "../support/read-store.ts";
import { STORE_PASSWORD, type TestStore } from "../support/stores.ts";

export interface SourceKit extends Pick<StoreTypes, "types" | "refused"> {
  /** Called once for the file; `stop` at its end. */
  start(): Promise<{ createStore(): Promise<TestStore>; stop(): Promise<void> }>;
  quote(name: string): string;
  /** Statements that fill `many(id, name, amount)` with n rows. */
  fillMany(rows: number): readonly string[];
  /** Settings that cannot work, and the code they give. */
  failures(good: StoreSettings): readonly (readonly [what: string, settings: StoreSettings, code: string])[];
  /** Only servers have connections that can be cut and counted. */
  readonly server?: {
    /** Ends mesh's connections to the store's database that run a query now, or all; gives how many. */
    cut(store: TestStore, which: "reading" | "all"): Promise<number>;
    /** mesh's connections to the store's database. */
    connections(store: TestStore): Promise<number>;
    /** mesh's queries that run now. */
    running(store: TestStore): Promise<number>;
    /** SELECT that takes minutes and gives its first row late. */
    readonly slowSelect: string;
  };
}

const MANY = 200_000;
const MANY_COLUMNS = [
  { name: "id", type: "BIGINT" },
  { name: "name", type: "VARCHAR" },
  { name: "amount", type: "DOUBLE" },
];

export function testSource(name: string, kit: SourceKit): void {
  describe(`source: ${name}`, () => {
    let running: Awaited<ReturnType<SourceKit["start"]>>;
    let store: TestStore;
    let connection: StoreConnection;
    const q = kit.quote;

    beforeAll(async () => {
      running = await kit.start();
    });
    afterAll(() => running?.stop());
    beforeEach(async () => {
      store = await running.createStore();
      connection = await openStore(store.settings);
    });
    afterEach(async () => {
      await connection.close();
      try {
        if (kit.server)
          await until(async () => (await kit.server?.connections(store)) === 0, "mesh left a connection behind");
      } finally {
        await store.remove();
      }
    });

    const exec = async (...statements: readonly string[]) => {
      for (const statement of statements) await store.writer.exec(statement);
    };
    const inSession = async <T>(use: (session: ConsistentSession) => Promise<T>): Promise<T> => {
      const session = await connection.openConsistentSession();
      try {
        return await use(session);
      } finally {
        await session.close();
      }
    };
    const read = (table: SourceTable | string, columns: readonly ColumnSchema[]) =>
      inSession(async (session) => {
        const extraction = await extractNamed(session, {
          table: typeof table === "string" ? { identifier: table } : table,
          columns,
        });
        const rows = parseCopyCsv(await textOf(extraction));
        expect(extraction.rows()).toBe(rows.length);
        return rows;
      });
    const createMany = async (rows = MANY) => {
      await exec(
        `CREATE TABLE many (id bigint PRIMARY KEY, name ${name === "sqlite" ? "text" : "varchar(100)"}, amount double precision)`,
      );
      await exec(...kit.fillMany(rows));
    };

    describe("what there is", () => {
      test("columns come in order with the store's types, exact types and nullability", async () => {
        await exec("CREATE TABLE t (id bigint NOT NULL, label varchar(20), ratio double precision)");
        const columns = await inSession((session) => session.columns({ identifier: "t" }));
        expect(columns).toMatchObject([
          { name: "id", type: "BIGINT", nullable: false },
          { name: "label", type: "VARCHAR", nullable: true },
          { name: "ratio", type: "DOUBLE", nullable: true },
        ]);
        expect(columns?.[0]?.storeType).toMatch(/^bigint/i);
      });

      test("a missing table has no columns, and its neighbours' names are told", async () => {
        await exec("CREATE TABLE orders (id bigint)", "CREATE VIEW order_view AS SELECT id FROM orders");
        await inSession(async (session) => {
          expect(await session.columns({ identifier: "odrers" })).toBeUndefined();
          expect(await session.columns({ schema: "no_such_schema", identifier: "orders" })).toBeUndefined();
          expect(await session.tables()).toEqual(expect.arrayContaining(["orders", "order_view"]));
        });
      });

      test("names in other letters, with blanks, quotes and reserved words are read as they are", async () => {
        const odd = [`Order`, "select", "with space", 'dou"ble', "back`tick", "çédille", "semi;colon"];
        const table = 'My "odd" `table`';
        await exec(
          `CREATE TABLE ${q(table)} (${odd.map((column) => `${q(column)} integer`).join(", ")})`,
          `INSERT INTO ${q(table)} VALUES (1, 2, 3, 4, 5, 6, 7)`,
        );
        const columns = await inSession((session) => session.columns({ identifier: table }));
        expect(columns?.map((column) => column.name)).toEqual(odd);
        expect(
          await read(
            table,
            odd.map((column) => ({ name: column, type: "BIGINT" })),
          ),
        ).toEqual([["1", "2", "3", "4", "5", "6", "7"]]);
      });

      test("only the declared columns are read, in the declared order", async () => {
        await exec(
          "CREATE TABLE t (a integer, secret varchar(20), b varchar(20))",
          "INSERT INTO t VALUES (1, 'hidden', 'x')",
        );
        const rows = await read("t", [
          { name: "b", type: "VARCHAR" },
          { name: "a", type: "BIGINT" },
        ]);
        expect(rows).toEqual([["x", "1"]]);
      });

      test("a view is a port like a table", async () => {
        await exec(
          "CREATE TABLE t (a integer, b varchar(20))",
          "INSERT INTO t VALUES (1, 'x'), (2, 'y')",
          "CREATE VIEW port AS SELECT a, b FROM t WHERE a > 1",
        );
        expect(
          (await inSession((session) => session.columns({ identifier: "port" })))?.map((column) => column.name),
        ).toEqual(["a", "b"]);
        expect(await read("port", [{ name: "b", type: "VARCHAR" }])).toEqual([["y"]]);
      });
    });

    describe("rows", () => {
      const TEXT = [
        { name: "id", type: "BIGINT" },
        { name: "v", type: "VARCHAR" },
      ];
      const texts: readonly (readonly [string, string | null])[] = [
        ["NULL", null],
        ["an empty string", ""],
        ["a comma and quotes", 'a,"b"'],
        ["line breaks", "a\nb\r\nc\rd"],
        ["what ends COPY's text", "\\."],
        ["the word NULL", "NULL"],
        ["blanks", "  x  "],
        ["a backslash", "a\\nb\\"],
        ["many scripts", "naïve Ω 漢字 😀 e\u0301"],
      ];

      test("NULL, empty and awkward text arrive as they are, through to the warehouse", async () => {
        await exec(`CREATE TABLE t (id integer, v ${name === "sqlite" ? "text" : "varchar(200)"})`);
        const escaped = (text: string) =>
          (name === "mariadb" ? text.replaceAll("\\", "\\\\") : text).replaceAll("'", "''");
        for (const [i, [, text]] of texts.entries())
          await exec(`INSERT INTO t VALUES (${i}, ${text === null ? "NULL" : `'${escaped(text)}'`})`);
        const expected = texts.map(([, text], i) => [String(i), text]);
        expect(await read("t", TEXT)).toEqual(expected);
        const landed = await inSession(async (session) =>
          landRows(await extractNamed(session, { table: { identifier: "t" }, columns: TEXT }), TEXT),
        );
        expect(landed).toEqual(expected);
      });

      test.each([
        ["an empty table", [], []],
        ["one row", ["(1)"], [["1"]]],
        ["one column with NULLs", ["(1)", "(NULL)", "(3)"], [["1"], [null], ["3"]]],
      ] as const)("%s", async (_, values, expected) => {
        await exec("CREATE TABLE t (a integer)");
        for (const value of values) await exec(`INSERT INTO t VALUES ${value}`);
        const columns = [{ name: "a", type: "BIGINT" }];
        expect(await read("t", columns)).toEqual(expected);
        expect(
          await inSession(async (session) =>
            landRows(await extractNamed(session, { table: { identifier: "t" }, columns }), columns),
          ),
        ).toEqual(expected);
      });

      test("200,000 rows arrive once each, and are counted", async () => {
        await createMany();
        const ids = new Set<string>();
        await inSession(async (session) => {
          const extraction = await extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS });
          for (const [id] of parseCopyCsv(await textOf(extraction))) ids.add(id ?? "");
          expect(extraction.rows()).toBe(MANY);
        });
        expect(ids.size).toBe(MANY);
      });

      test("the count is not known before the stream has ended", async () => {
        await exec("CREATE TABLE t (a integer)");
        const extraction = await inSession((session) =>
          extractNamed(session, { table: { identifier: "t" }, columns: [{ name: "a", type: "BIGINT" }] }),
        );
        expect(() => extraction.rows()).toThrow(/not ended/);
      });
    });

    describe("types", () => {
      test.each(kit.types.map((of) => [`${of.store}${of.declared ? ` declared ${of.declared}` : ""}`, of] as const))(
        "%s lands exactly",
        async (_, of) => {
          await exec(...(of.setup ?? []), `CREATE TABLE t (n integer, v ${of.store})`);
          for (const [i, [literal]] of of.values.entries()) await exec(`INSERT INTO t VALUES (${i}, ${literal})`);
          await inSession(async (session) => {
            const found = await session.columns({ identifier: "t" });
            expect(found?.[1]?.type).toBe(of.type);
            const columns = [
              { name: "n", type: "BIGINT" },
              { name: "v", type: of.declared ?? of.type ?? "VARCHAR" },
            ];
            const extraction = await extractNamed(session, { table: { identifier: "t" }, columns });
            const account = await extraction.account?.({ checksum: true });
            const unchecked = (account?.unchecked ?? []).map(({ column }) => column);
            const { rows: landed, checksum } = await landChecked(extraction, columns, unchecked);
            const sorted = landed.sort((a, b) => Number(a[0]) - Number(b[0])).map((row) => row[1]);
            expect(sorted).toEqual(of.values.map(([, text]) => text));
            if (!account) return;
            expect(unchecked).toEqual(of.unchecked ? ["v"] : []);
            expect(account).toMatchObject({
              checksum,
              rows: of.values.length,
              values: [of.values.length, of.values.filter(([, text]) => text !== null).length],
            });
          });
        },
      );

      test.each(kit.refused.map((of) => [of.what, of] as const))("%s is refused, never changed", async (_, of) => {
        await exec(...(of.setup ?? []), `CREATE TABLE t (v ${of.store})`);
        for (const literal of of.literals) await exec(`INSERT INTO t VALUES (${literal})`);
        const error = await failureOf(read("t", [{ name: "v", type: of.declared }]));
        expect(error.code).toBe(of.rows === undefined ? "store/type-not-exact" : "store/value-not-representable");
        expect(error.message).toContain("`v`");
        if (of.rows !== undefined) expect(error.message).toContain(`in ${of.rows} row`);
      });
    });

    describe("one consistent point", () => {
      test("two tables never disagree, however fast a writer moves money between them", async () => {
        await exec(
          "CREATE TABLE a (id integer PRIMARY KEY, amount bigint)",
          "CREATE TABLE b (id integer PRIMARY KEY, amount bigint)",
        );
        const ids = Array.from({ length: 50 }, (_, i) => i);
        await exec(
          `INSERT INTO a VALUES ${ids.map((id) => `(${id}, 1000)`).join(", ")}`,
          `INSERT INTO b VALUES ${ids.map((id) => `(${id}, 1000)`).join(", ")}`,
        );
        const writer = await store.openWriter();
        let moves = 0;
        let stop = false;
        const moving = (async () => {
          while (!stop) {
            const id = moves++ % ids.length;
            await writer.exec("BEGIN");
            await writer.exec(`UPDATE a SET amount = amount - 7 WHERE id = ${id}`);
            await writer.exec(`UPDATE b SET amount = amount + 7 WHERE id = ${id}`);
            await writer.exec("COMMIT");
            await new Promise((done) => setImmediate(done));
          }
        })();
        const columns = [{ name: "amount", type: "BIGINT" }];
        const seen = new Set<number>();
        try {
          for (let round = 0; round < 10; round++) {
            await inSession(async (session) => {
              const sums = [];
              for (const identifier of ["a", "b"]) {
                const before = moves;
                const rows = parseCopyCsv(
                  await textOf(await extractNamed(session, { table: { identifier }, columns })),
                );
                sums.push(rows.reduce((sum, [amount]) => sum + Number(amount), 0));
                await until(async () => moves > before + 2, "the writer stands still");
              }
              expect(sums[0]! + sums[1]!).toBe(100_000);
              seen.add(sums[0]!);
            });
          }
        } finally {
          stop = true;
          await moving;
        }
        expect(seen.size).toBeGreaterThan(1);
      });

      test("tables may be read at the same time, and again", async () => {
        await createMany(20_000);
        await inSession(async (session) => {
          const extractions = await Promise.all(
            Array.from({ length: 5 }, () =>
              extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS }),
            ),
          );
          const texts = await Promise.all(extractions.map(textOf));
          expect(new Set(texts.map((text) => parseCopyCsv(text).length))).toEqual(new Set([20_000]));
        });
      });

      test("the point's time is the store's, and not after what it shows", async () => {
        const clock = {
          pg: "SELECT clock_timestamp()::text",
          mysql: "SELECT CONCAT(utc_timestamp(6), 'Z')",
          sqlite: "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
          files: "",
          http: "",
        };
        const time = async () => new Date(await store.writer.value(clock[store.settings.client])).getTime();
        const before = await time();
        const session = await connection.openConsistentSession();
        const after = await time();
        expect(session.asOf.getTime()).toBeGreaterThanOrEqual(before - 2);
        expect(session.asOf.getTime()).toBeLessThanOrEqual(after);
        await session.close();
      });
    });

    describe("failures", () => {
      test("settings that cannot work give their code, without a secret", async () => {
        for (const [what, settings, code] of kit.failures(store.settings)) {
          const error = await failureOf(
            (async () => {
              const bad = await openStore(settings);
              try {
                await (await bad.openConsistentSession()).close();
              } finally {
                await bad.close();
              }
            })(),
          );
          expect([what, error.code]).toEqual([what, code]);
          const said = `${error.message} ${error.help}`;
          expect(said).toContain("shop.shop_db");
          expect(said).not.toContain(STORE_PASSWORD);
          expect(said).not.toContain(encodeURIComponent(STORE_PASSWORD));
          expect(said).not.toContain("wr0ng-secret");
        }
      });

      test("a table that is gone when it is read gives a coded error", async () => {
        await exec("CREATE TABLE t (a integer)");
        expect((await failureOf(read("nothing", [{ name: "a", type: "BIGINT" }]))).code).toBe("store/query-failed");
        expect((await failureOf(read("t", [{ name: "b", type: "BIGINT" }]))).code).toBe("store/query-failed");
      });

      test("aborting before, while waiting and in the middle throws the signal's reason; the session goes on", async () => {
        await createMany();
        await inSession(async (session) => {
          const table = { identifier: "many" };
          const reason = new Error("enough");
          await expect(
            extractNamed(session, { table, columns: MANY_COLUMNS, signal: AbortSignal.abort(reason) }),
          ).rejects.toBe(reason);

          const abort = new AbortController();
          const reading = bytesOf(await extractNamed(session, { table, columns: MANY_COLUMNS, signal: abort.signal }))[
            Symbol.asyncIterator
          ]();
          await reading.next();
          abort.abort(reason);
          await expect(endOf(reading)).rejects.toBe(reason);

          const rows = parseCopyCsv(await textOf(await extractNamed(session, { table, columns: MANY_COLUMNS })));
          expect(rows.length).toBe(MANY);
        });
      });

      test("a reader that stops early leaves the session free for the next table", async () => {
        await createMany();
        await inSession(async (session) => {
          for (let round = 0; round < 4; round++) {
            for await (const _ of bytesOf(
              await extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS }),
            ))
              break;
          }
          expect(
            parseCopyCsv(
              await textOf(await extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS })),
            ).length,
          ).toBe(MANY);
        });
      });

      test("closing in the middle ends everything, and the reader is told", async () => {
        await createMany();
        const session = await connection.openConsistentSession();
        const reading = bytesOf(await extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS }))[
          Symbol.asyncIterator
        ]();
        await reading.next();
        const waiting = await extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS });
        await session.close();
        await session.close();
        await expect(endOf(reading)).rejects.toThrow();
        await expect(textOf(waiting)).rejects.toThrow();
      });

      test("an extraction nobody reads holds nothing", async () => {
        await exec("CREATE TABLE t (a integer)");
        await inSession(async (session) => {
          for (let i = 0; i < 10; i++)
            await extractNamed(session, { table: { identifier: "t" }, columns: [{ name: "a", type: "BIGINT" }] });
        });
      });
    });

    const server = kit.server;
    describe.runIf(server !== undefined)("a server in trouble", () => {
      test("a connection cut anywhere in a table is an error, never a short table", async () => {
        await createMany();
        let cuts = 0;
        for (const chunks of [0, 1, 2, 5, 9]) {
          const fresh = await openStore(store.settings);
          try {
            const session = await fresh.openConsistentSession();
            const extraction = await extractNamed(session, { table: { identifier: "many" }, columns: MANY_COLUMNS });
            const reading = bytesOf(extraction)[Symbol.asyncIterator]();
            for (let i = 0; i <= chunks; i++) expect((await reading.next()).done).toBe(false);
            cuts += await server!.cut(store, "all");
            const error = await failureOf(endOf(reading));
            expect(error.code).toBe("store/connection-lost");
            expect(error.retryable).toBe(true);
            expect(() => extraction.rows()).toThrow();
            expect((await failureOf(session.tables())).code).toBe("store/connection-lost");
            await session.close();
          } finally {
            await fresh.close();
          }
        }
        console.log(`${name}: ${cuts} connections cut`);
        expect(cuts).toBeGreaterThanOrEqual(5);
      });

      test("aborting stops the query in the store too", async () => {
        await exec(`CREATE VIEW slow AS ${server!.slowSelect}`);
        await inSession(async (session) => {
          const abort = new AbortController();
          const extraction = await extractNamed(session, {
            table: { identifier: "slow" },
            columns: [{ name: "v", type: "BIGINT" }],
            signal: abort.signal,
          });
          const reading = failureOf(textOf(extraction));
          await until(async () => (await server!.running(store)) === 1, "the query did not start");
          abort.abort(new Error("enough"));
          expect((await reading).message).toBe("enough");
          await until(async () => (await server!.running(store)) === 0, "the query still runs");
          expect(await session.tables()).toContain("slow");
        });
      });

      test("aborting while the session opens leaves no connection", async () => {
        const abort = new AbortController();
        const opening = connection.openConsistentSession(abort.signal);
        abort.abort(new Error("enough"));
        await expect(opening).rejects.toThrow("enough");
      });
    });
  });
}

async function textOf(extraction: Extraction): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(extraction)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function endOf(reading: AsyncIterator<Uint8Array>): Promise<void> {
  while (!(await reading.next()).done);
}

/** Asks until true; a bound against hanging, not a wait. */
async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!(await holds())) {
    if (deadline.aborted) throw new Error(otherwise);
    const turn = AbortSignal.timeout(10);
    await once(turn, "abort");
  }
}
