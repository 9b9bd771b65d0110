// Owns what every warehouse does with rows that arrive in parts: all of them in one build, or none; a part that failed, again.
import { describe, expect, test } from "vitest";
import { MeshError, problems } from "../../core/errors/index.ts";
import { createId } from "../../core/util/index.ts";
import type { AccountColumn, CsvPart, Warehouse, WarehouseSession } from "../../core/warehouse/index.ts";
import type { WithWarehouse } from "./warehouse.ts";

const COLUMNS = [
  { name: "id", type: "BIGINT" },
  { name: "v", type: "VARCHAR" },
];
const CHECKED: readonly AccountColumn[] = COLUMNS.map((column) => ({ ...column, checked: true }));

async function withSession<T>(warehouse: Warehouse, use: (session: WarehouseSession) => Promise<T>): Promise<T> {
  const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const land = (session: WarehouseSession, parts: readonly CsvPart[]) =>
  session.create(
    { id: createId(), model: "shop.m", relation: { schema: "shop", name: "m" } },
    { kind: "csv-stream", columns: COLUMNS, parts },
  );

/** Rows `from` on, before `to`, in chunks of ten. */
async function* lines(from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += 10) {
    let text = "";
    for (let id = at; id < Math.min(to, at + 10); id++) text += `${id},word ${id}\n`;
    yield Buffer.from(text);
  }
}

const lost = () =>
  problems.storeConnectionLost({ store: "s", place: "p", what: "reading", reason: "cut" }, { retryable: true });

export function testParts(name: string, withWarehouse: WithWarehouse): void {
  describe(`${name}: rows in parts`, () => {
    test("land in files of their own and are one build, however many parts there are", () =>
      withWarehouse(async ({ warehouse }) => {
        await withSession(warehouse, async (session) => {
          const whole = await land(session, [{ open: () => lines(0, 1_000) }]);
          const cuts = [0, 10, 10, 400, 401, 990, 1_000];
          const parts = cuts.slice(1).map((to, i) => ({ open: () => lines(cuts[i] as number, to) }));
          const data = await land(session, parts);
          expect(data).toMatchObject({
            rows: 1_000,
            files: [10, 0, 390, 1, 589, 10].map((rows) => ({ rows })),
          });
          expect(await session.contentHash(data)).toBe(await session.contentHash(whole));
          const [one, many] = [await session.account(whole, CHECKED), await session.account(data, CHECKED)];
          expect(many.checksum).toBe(one.checksum);
          expect(many.files).toHaveLength(6);
        });
      }));

    test("leave nothing when one of them fails, and the others are told to stop", () =>
      withWarehouse(async ({ warehouse, physical }) => {
        const before = await physical();
        const failure = problems.unexpected({ what: "reading", reason: "the store went away" });
        let ended = 0;
        async function* endless(): AsyncGenerator<Uint8Array> {
          try {
            for (let at = 0; ; at += 100) {
              yield* lines(at, at + 100);
              await new Promise((next) => setImmediate(next));
            }
          } finally {
            ended++;
          }
        }
        async function* failing(): AsyncGenerator<Uint8Array> {
          yield* lines(0, 50);
          throw failure;
        }
        await withSession(warehouse, async (session) => {
          const building = land(session, [{ open: endless }, { open: failing }]);
          await expect(building).rejects.toBe(failure);
        });
        expect(ended).toBe(1);
        expect(await physical()).toEqual(before);
      }));

    test("land once each when a part is opened again after a cut", () =>
      withWarehouse(async ({ warehouse }) => {
        await withSession(warehouse, async (session) => {
          const whole = await land(session, [{ open: () => lines(0, 5_000) }]);
          let opened = 0;
          const asked: unknown[] = [];
          async function* cutTwice(): AsyncGenerator<Uint8Array> {
            opened++;
            if (opened === 3) yield* lines(2_000, 5_000);
            else {
              yield* lines(2_000, 2_000 + opened * 1_000);
              throw lost();
            }
          }
          const data = await land(session, [
            { open: () => lines(0, 2_000) },
            {
              open: cutTwice,
              reopen: async (error) => {
                asked.push(error instanceof MeshError && error.code);
                return true;
              },
            },
          ]);
          expect([opened, asked]).toEqual([3, ["store/connection-lost", "store/connection-lost"]]);
          expect(data).toMatchObject({ rows: 5_000 });
          expect((await session.account(data, CHECKED)).checksum).toBe(
            (await session.account(whole, CHECKED)).checksum,
          );
        });
      }));

    test("fail with the part's own error once it is not opened again", () =>
      withWarehouse(async ({ warehouse, physical }) => {
        const before = await physical();
        let left = 2;
        async function* cut(): AsyncGenerator<Uint8Array> {
          yield* lines(0, 30);
          throw lost();
        }
        await withSession(warehouse, async (session) => {
          const building = land(session, [{ open: cut, reopen: async () => left-- > 0 }]);
          await expect(building).rejects.toMatchObject({ code: "store/connection-lost" });
        });
        expect(left).toBe(-1);
        expect(await physical()).toEqual(before);
      }));
  });
}
