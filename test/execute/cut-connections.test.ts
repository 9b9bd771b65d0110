// Connections cut while a store is read: the run reads again at one new instant, or fails; it never mixes two.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoreConnection } from "../../core/source/index.ts";
import { withExtractMesh } from "../support/extract-mesh.ts";
import { sharedStore } from "../support/shared-store.ts";
import { startTestPostgres } from "../support/stores.ts";
import { withChangedExtraction } from "../support/tampered-store.ts";

const ACCOUNTS = ["a", "b"].map((name) => ({
  name,
  columns: { id: "bigint", amount: "bigint", note: "varchar" },
}));
const ROWS = 20_000;

const store = sharedStore(startTestPostgres);
let cuts = 0;

beforeAll(async () => {
  for (const { name } of ACCOUNTS) {
    await store.writer.exec(`CREATE TABLE ${name} (id bigint PRIMARY KEY, amount bigint, note text)`);
    await store.writer.exec(`INSERT INTO ${name} SELECT n, 100, repeat('x', 200) FROM generate_series(1, ${ROWS}) n`);
  }
}, 60_000);

afterAll(() => {
  console.log(`${cuts} cuts of connections`);
  expect(cuts).toBeGreaterThan(0);
});

/** Ends every connection of mesh to the database: its sessions and their readers. */
async function cutAll(which = "true"): Promise<void> {
  const ended = await store.writer.value(
    `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'mesh' AND ${which}`,
  );
  cuts += Number(ended);
}

/** Runs `meanwhile` once, when the first chunk of each of these readings has come; numbered in the order they are opened. */
function interrupting(
  connection: StoreConnection,
  count: { opened: number },
  meanwhile: (reading: number) => Promise<void>,
  resumable = false,
): StoreConnection {
  return withChangedExtraction(connection, (extraction) => ({
    ...extraction,
    parts: extraction.parts.map((part) => ({
      async *open() {
        const reading = ++count.opened;
        let first = true;
        for await (const chunk of part.open()) {
          yield chunk;
          if (first) await meanwhile(reading);
          first = false;
        }
      },
    })),
    resumable: resumable && extraction.resumable,
  }));
}

describe("connections cut while Postgres is read", () => {
  it(
    "make the run read both tables again at one new instant, and money moved in between is counted once",
    {
      timeout: 60_000,
    },
    () =>
      withExtractMesh(store.settings, ACCOUNTS, async (mesh) => {
        const count = { opened: 0 };
        const before = cuts;
        const result = await mesh.run((connection) =>
          interrupting(connection, count, async (reading) => {
            if (reading !== 2) return;
            // Both are under way at the old instant; the money moves, then the store goes away.
            await store.writer.exec(
              "BEGIN; UPDATE a SET amount = 50 WHERE id = 1; UPDATE b SET amount = 150 WHERE id = 1; COMMIT",
            );
            await cutAll();
          }),
        );
        expect(result.steps.flatMap((step) => step.error ?? [])).toEqual([]);
        expect(cuts).toBeGreaterThan(before);
        expect(count.opened).toBeGreaterThanOrEqual(4);
        const [a, b] = [
          await mesh.ask("a", "select sum(amount) from {}"),
          await mesh.ask("b", "select sum(amount) from {}"),
        ];
        expect([a, b]).toEqual([[String(ROWS * 100 - 50)], [String(ROWS * 100 + 50)]]);
        const [one, other] = [await mesh.published("a"), await mesh.published("b")];
        expect(one?.asOf).toEqual(other?.asOf);
        expect(one?.position).toBe(other?.position);
        const physical = new Set(await mesh.warehouse.listBuilds());
        expect(physical).toEqual(new Set([one?.id, other?.id]));
      }),
  );

  it("fail a table once another one is kept of the same instant", { timeout: 60_000 }, () =>
    withExtractMesh(
      { ...store.settings, reading: { ...store.settings.reading, concurrency: 1 } },
      ACCOUNTS,
      async (mesh) => {
        const count = { opened: 0 };
        const result = await mesh.run(
          (connection) =>
            interrupting(connection, count, async (reading) => {
              if (reading === 2) await cutAll();
            }),
          undefined,
          1,
        );
        expect(result.status).toBe("failed");
        const errors = result.steps.flatMap((step) => step.error?.code ?? []);
        expect(errors).toEqual(["store/connection-lost"]);
        expect(count.opened).toBe(2);
        const kept = [await mesh.published("a"), await mesh.published("b")].filter(Boolean);
        expect(kept).toHaveLength(1);
        expect(await mesh.warehouse.listBuilds()).toEqual([kept[0]?.id]);
      },
    ),
  );

  it("make a part read again at the same instant, when only its own was cut", { timeout: 60_000 }, () =>
    withExtractMesh(store.settings, ACCOUNTS.slice(0, 1), async (mesh) => {
      const count = { opened: 0 };
      let sessions = 0;
      const before = cuts;
      const result = await mesh.run((connection) => {
        sessions++;
        return interrupting(
          connection,
          count,
          async (reading) => {
            if (reading === 1) await cutAll("state = 'active' AND query ILIKE 'COPY%'");
          },
          true,
        );
      });
      expect(result.steps.flatMap((step) => step.error ?? [])).toEqual([]);
      expect([cuts - before, count.opened, sessions]).toEqual([1, 2, 1]);
      expect((await mesh.published("a"))?.extraction).toMatchObject({ storeRows: ROWS, landedRows: ROWS });
    }),
  );

  it("stop the run when they are cut every time", { timeout: 60_000 }, () =>
    withExtractMesh(store.settings, ACCOUNTS.slice(0, 1), async (mesh) => {
      const count = { opened: 0 };
      const result = await mesh.run((connection) => interrupting(connection, count, () => cutAll()));
      expect(result.steps.flatMap((step) => step.error?.code ?? [])).toEqual(["store/connection-lost"]);
      expect(count.opened).toBe(3);
      expect(await mesh.warehouse.listBuilds()).toEqual([]);
    }),
  );
});
