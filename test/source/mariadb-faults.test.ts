// Connections of MariaDB cut, silent, aborted and out of time at every stage of a reading: always a coded error, never a short table,
// and nothing left behind in the store.
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { MeshError } from "../../core/errors/index.ts";
import type { ReadingPolicy } from "../../core/manifest/index.ts";
import { openStore, type StoreSettings } from "../../core/source/index.ts";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import { extractNamed } from "../support/extract-all.ts";
import { type Fault, type MysqlProxy, startMysqlProxy } from "../support/mysql-proxy.ts";
import { failureOf, partsOf, reading } from "../support/read-store.ts";
import { sharedStore } from "../support/shared-store.ts";
import { SOON_MS } from "../support/soon.ts";
import { startTestMariadb } from "../support/stores.ts";

const ROWS = 12_000;
const COLUMNS = [
  { name: "id", type: "BIGINT" },
  { name: "name", type: "VARCHAR" },
  { name: "doc", type: "VARCHAR" },
];
const installed = await isMariadbInstalled();

describe.runIf(installed)("faults of MariaDB", () => {
  const store = sharedStore(() => startTestMariadb({ "log-bin": "binlog", "server-id": "1" }));
  let proxy: MysqlProxy;
  let faults = 0;
  beforeAll(async () => {
    proxy = await startMysqlProxy(Number(new URL(store.settings.connection as string).port));
    await store.writer.exec("CREATE TABLE many (id bigint PRIMARY KEY, name varchar(100), doc text)");
    await store.writer.exec(
      `INSERT INTO many SELECT seq, concat('name ', seq), repeat('x"', 40) FROM seq_1_to_${ROWS}`,
    );
    await store.writer.exec("ANALYZE TABLE many");
    const user = await store.writer.value("SELECT concat('''reader_', database(), '''@''127.0.0.1''')");
    await store.writer.exec(`GRANT RELOAD ON *.* TO ${user}`);
  });
  afterAll(async () => {
    console.log(`mariadb: ${faults} faults`);
    expect(faults).toBeGreaterThan(30);
    await proxy?.close();
  });
  afterEach(async () => {
    proxy.arm(undefined);
    const left = "SELECT count(*) FROM information_schema.processlist WHERE user = concat('reader_', database())";
    const deadline = AbortSignal.timeout(5_000);
    while ((await store.writer.value(left)) !== "0") {
      if (deadline.aborted) throw new Error("mesh left a connection behind");
      await once(AbortSignal.timeout(10), "abort");
    }
  });

  const settingsOf = (policy: Partial<ReadingPolicy>): StoreSettings =>
    reading({ ...store.settings, connection: proxy.through(store.settings.connection as string) }, policy);
  const TWO = { readers: 2, concurrency: 2, lockAndStart: true, splitAboveBytes: 1 };

  /** Everything a reading does, with an account beside it. Throws the first failure; what came is never taken for the table. */
  const readAll = async (policy: Partial<ReadingPolicy>, signal?: AbortSignal) => {
    const connection = await openStore(settingsOf(policy));
    try {
      const session = await connection.openConsistentSession(signal);
      await session.columns({ identifier: "many" });
      const extraction = await extractNamed(session, { table: { identifier: "many" }, columns: COLUMNS, signal });
      try {
        const account = extraction.account?.({ checksum: true });
        account?.catch(() => undefined);
        const parts = await partsOf(extraction);
        expect(extraction.rows()).toBe(ROWS);
        expect((await account)?.rows).toBe(ROWS);
        expect(parts.flat()).toHaveLength(ROWS);
      } catch (error) {
        // Whatever is asked of a point that is lost is lost too.
        if ((error as MeshError).code === "store/connection-lost" && !signal?.aborted)
          expect((await failureOf(session.tables())).code).toBe("store/connection-lost");
        throw error;
      }
    } finally {
      await connection.close();
    }
  };

  const STAGES: readonly (readonly [stage: string, fault: Omit<Fault, "how">, code: string])[] = [
    ["the first question", { at: "SELECT version()" }, "store/connection-lost"],
    ["its settings", { at: "lock_wait_timeout = 60" }, "store/connection-lost"],
    ["the snapshot", { at: "START TRANSACTION" }, "store/connection-lost"],
    ["the answer to the snapshot", { at: "START TRANSACTION", packets: 0 }, "store/connection-lost"],
    ["the catalog", { at: "information_schema.columns" }, "store/connection-lost"],
    ["the account", { at: "MD5(CONCAT" }, "store/connection-lost"],
    ["the account's answer", { at: "MD5(CONCAT", packets: 2 }, "store/connection-lost"],
    ["the query of the rows", { at: "SELECT CAST(CONCAT" }, "store/connection-lost"],
    ["the first byte", { at: "SELECT CAST(CONCAT", packets: 0 }, "store/connection-lost"],
    ["the first row", { at: "SELECT CAST(CONCAT", packets: 4 }, "store/connection-lost"],
    ["a row's border", { at: "SELECT CAST(CONCAT", packets: 3_000 }, "store/connection-lost"],
    ["a row", { at: "SELECT CAST(CONCAT", packets: 3_000, bytes: 20 }, "store/connection-lost"],
    ["the length of a row", { at: "SELECT CAST(CONCAT", packets: 3_000, bytes: 2 }, "store/connection-lost"],
    ["the end of the rows", { at: "FOUND_ROWS" }, "store/connection-lost"],
    ["giving up the locks", { at: "ROLLBACK TO" }, "store/connection-lost"],
  ];
  const injects = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const before = proxy.injected;
    const result = await work();
    expect(proxy.injected).toBeGreaterThan(before);
    faults += proxy.injected - before;
    return result;
  };

  for (const [readers, policy] of [
    ["one reader", {}],
    ["two readers", TWO],
  ] as const) {
    test.each(STAGES)(`with ${readers}, a cut at %s is told`, async (_, fault, code) => {
      proxy.arm({ ...fault, how: "cut" });
      const error = await injects(() => failureOf(readAll(policy)));
      expect(error).toMatchObject({ code, retryable: true });
      await readAll(policy);
    });
  }

  // Nothing can be aborted while the catalog is asked: that question has no signal.
  test.each(STAGES.filter(([stage]) => stage !== "the catalog" && stage !== "giving up the locks"))(
    "aborting a silent server at %s is not waited for",
    async (_, fault) => {
      proxy.arm({ ...fault, how: "hang" });
      const abort = new AbortController();
      await injects(async () => {
        const fell = proxy.awaitFault();
        const failure = failureOf(readAll({}, abort.signal));
        await fell;
        const started = performance.now();
        abort.abort(new Error("enough"));
        expect((await failure).message).toMatch(/enough|closed|lost/i);
        expect(performance.now() - started).toBeLessThan(SOON_MS);
      });
    },
    20_000,
  );

  test.each([
    ["says nothing", (socket: { destroy(): void }) => void socket],
    ["hangs up", (socket: { destroy(): void }) => socket.destroy()],
  ])("a server that takes the call and %s is unreachable", async (_, answer) => {
    const mute = createServer((socket) => answer(socket)).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const url = new URL(store.settings.connection as string);
    url.port = String((mute.address() as { port: number }).port);
    const connection = await openStore(reading({ ...store.settings, connection: url.href }, { connectTimeoutMs: 500 }));
    const error = await failureOf(connection.openConsistentSession());
    expect(error).toMatchObject({ code: "store/unreachable", retryable: true });
    faults++;
    await connection.close();
    mute.close();
  });

  test("a time limit stops the account as it stops the rows", async () => {
    await store.writer.exec(
      "CREATE VIEW endless AS SELECT a.seq AS id FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq = 1",
    );
    const connection = await openStore(settingsOf({ statementTimeoutMs: 300 }));
    const session = await connection.openConsistentSession();
    const columns = [{ name: "id", type: "BIGINT" }];
    const extraction = await extractNamed(session, { table: { identifier: "endless" }, columns });
    for (const asked of [() => extraction.account?.({ checksum: true }), () => partsOf(extraction)]) {
      expect(await failureOf(Promise.resolve(asked()))).toMatchObject({ code: "store/timeout", retryable: true });
      faults++;
    }
    // The point is as it was.
    expect(await session.tables()).toContain("many");
    await connection.close();
  });
});
