// The proof that a session of MariaDB is one instant: money moves between rows and tables at full speed, and its sum never differs.
import { fork } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { openStore } from "../../core/source/index.ts";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import { extractNamed } from "../support/extract-all.ts";
import { partsOf, reading } from "../support/read-store.ts";
import { startTestMariadb } from "../support/stores.ts";

const SESSIONS = 200;
const ROWS = 400;
const TABLES = ["accounts", "deposits"];
const installed = await isMariadbInstalled();

/** Some sessions read on one connection, some by two readers that started behind the lock. */
test.runIf(installed)("in 200 sessions, a third of them of two readers, no transfer is ever seen by half", async () => {
  const server = await startTestMariadb({ "log-bin": "binlog", "server-id": "1" });
  const store = await server.createStore();
  for (const table of TABLES) {
    await store.writer.exec(
      `CREATE TABLE ${table} (id int PRIMARY KEY, amount bigint NOT NULL, pad varchar(200) NOT NULL)`,
    );
    await store.writer.exec(`INSERT INTO ${table} SELECT seq, 1000, repeat('x', 200) FROM seq_1_to_${ROWS}`);
    await store.writer.exec(`ANALYZE TABLE ${table}`);
  }
  const user = await store.writer.value("SELECT concat('''reader_', database(), '''@''127.0.0.1''')");
  await store.writer.exec(`GRANT RELOAD ON *.* TO ${user}`);
  const owner = new URL(store.settings.connection as string);
  owner.username = "mesh";
  const writer = fork(new URL("../support/money-writer.mjs", import.meta.url), [owner.href, String(ROWS)]);
  await once(writer, "message");
  const ways = {
    alone: await openStore(store.settings),
    together: await openStore(
      reading(store.settings, { concurrency: 2, readers: 2, splitAboveBytes: 1, lockAndStart: true }),
    ),
  };
  const sums = new Set<number>();
  const balances = new Set<number>();
  const parts = { alone: 0, together: 0 };
  for (let round = 0; round < SESSIONS; round++) {
    const way = round % 3 === 0 ? "together" : "alone";
    const session = await ways[way].openConsistentSession();
    const read = await Promise.all(
      TABLES.map(async (identifier) => {
        const columns = [{ name: "amount", type: "BIGINT" }];
        const extraction = await extractNamed(session, { table: { identifier }, columns });
        const [rows, account] = await Promise.all([partsOf(extraction), extraction.account?.({ checksum: false })]);
        parts[way] += rows.length;
        expect(account?.rows).toBe(ROWS);
        expect(rows.flat()).toHaveLength(ROWS);
        return rows.flat().reduce((sum, [amount]) => sum + Number(amount), 0);
      }),
    );
    balances.add(read[0]!);
    sums.add(read.reduce((sum, amount) => sum + amount, 0));
    await session.close();
  }
  writer.kill("SIGTERM");
  const [transfers] = (await once(writer, "message")) as [number];
  await ways.alone.close();
  await ways.together.close();
  await store.remove();
  await server.stop();
  console.log(
    `mariadb consistency: ${transfers} transfers during ${SESSIONS} sessions, ${balances.size} different balances seen, ${parts.together} parts read by readers that started together`,
  );
  expect([...sums]).toEqual([2 * ROWS * 1000]);
  expect(transfers).toBeGreaterThan(SESSIONS);
  expect(balances.size).toBeGreaterThan(SESSIONS / 10);
  expect(parts.together).toBe(Math.ceil(SESSIONS / 3) * TABLES.length * 2);
});
