// The proof that a session is one instant: money moves between rows and tables at full speed, and its sum never differs.
import { fork } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { openStore } from "../../core/source/index.ts";
import { extractNamed } from "../support/extract-all.ts";
import { partsOf, reading } from "../support/read-store.ts";
import { withPostgres } from "../support/stores.ts";

const SESSIONS = 200;
const ROWS = 400;
const TABLES = ["accounts", "deposits"];

test("in 200 sessions, each reading two tables by two readers, no transfer is ever seen by half", async () => {
  await withPostgres(async (server) => {
    const store = await server.createStore();
    for (const table of TABLES)
      await store.writer.exec(
        `CREATE TABLE ${table} (id int PRIMARY KEY, amount bigint NOT NULL, pad text) WITH (fillfactor = 60);
         INSERT INTO ${table} SELECT n, 1000, repeat('x', 200) FROM generate_series(1, ${ROWS}) n`,
      );
    const writer = fork(new URL("../support/money-writer.mjs", import.meta.url), [
      store.settings.connection as string,
      String(ROWS),
    ]);
    await once(writer, "message");
    const connection = await openStore(reading(store.settings, { concurrency: 2, readers: 2, splitAboveBytes: 1 }));
    const sums = new Set<number>();
    const balances = new Set<number>();
    for (let round = 0; round < SESSIONS; round++) {
      const session = await connection.openConsistentSession();
      const read = await Promise.all(
        TABLES.map(async (identifier) => {
          const columns = [{ name: "amount", type: "BIGINT" }];
          const extraction = await extractNamed(session, { table: { identifier }, columns });
          const [parts, account] = await Promise.all([partsOf(extraction), extraction.account?.({ checksum: false })]);
          expect(parts.length).toBe(2);
          expect(account?.rows).toBe(ROWS);
          return parts.flat().reduce((sum, [amount]) => sum + Number(amount), 0);
        }),
      );
      balances.add(read[0]!);
      sums.add(read.reduce((sum, amount) => sum + amount, 0));
      await session.close();
    }
    writer.kill("SIGTERM");
    const [transfers] = (await once(writer, "message")) as [number];
    await connection.close();
    await store.remove();
    console.log(
      `postgres consistency: ${transfers} transfers during ${SESSIONS} sessions, ${balances.size} different balances seen`,
    );
    expect([...sums]).toEqual([2 * ROWS * 1000]);
    expect(transfers).toBeGreaterThan(SESSIONS);
    expect(balances.size).toBeGreaterThan(SESSIONS / 10);
  });
});
