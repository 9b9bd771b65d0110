// Loss accounting against real stores: whatever goes wrong between the store and the landing is caught, every time.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import { type ExtractMesh, withExtractMesh } from "../support/extract-mesh.ts";
import {
  type StoreMaker,
  startTestMariadb,
  startTestPostgres,
  startTestSqlite,
  type TestStore,
} from "../support/stores.ts";
import { type Cells, type Tamper, tampered } from "../support/tampered-store.ts";

const COLUMNS = { id: "bigint", name: "varchar", amount: "decimal(12,2)", note: "varchar", paid: "boolean" };
const ROWS = 2_000;
const ORDERS = { name: "orders", columns: COLUMNS };

interface Fault {
  readonly name: string;
  readonly code: string;
  /** Changes the rows at this place; false when the row there cannot have this fault. */
  readonly inject: (rows: Cells[], at: number) => boolean;
  /** It can happen to a table of one row. */
  readonly lone?: boolean;
}

const cellFault = (
  name: string,
  code: string,
  column: number,
  change: (cell: string | null) => string | null,
): Fault => ({
  name,
  code,
  lone: !name.includes("empty"),
  inject(rows, at) {
    const row = rows[at] as Cells;
    const now = change(row[column] ?? null);
    if (now === row[column]) return false;
    row[column] = now;
    return true;
  },
});

const FAULTS: readonly Fault[] = [
  { name: "drops a row", code: "extract/rows-lost", inject: (rows, at) => rows.splice(at, 1).length === 1, lone: true },
  {
    name: "doubles a row",
    code: "extract/rows-surplus",
    inject: (rows, at) => rows.splice(at, 0, [...(rows[at] as Cells)]).length === 0,
    lone: true,
  },
  {
    name: "drops a row and doubles the one after it",
    code: "extract/contents-differ",
    inject(rows, at) {
      // With as many values as before: only the contents tell.
      if (at + 1 >= rows.length || (rows[at]?.[3] === null) !== (rows[at + 1]?.[3] === null)) return false;
      rows[at] = [...(rows[at + 1] as Cells)];
      return true;
    },
  },
  {
    name: "swaps a cell between two rows",
    code: "extract/contents-differ",
    inject(rows, at) {
      const [one, other] = [rows[at], rows[(at + 1) % rows.length]] as [Cells, Cells];
      if (one[2] === other[2]) return false;
      [one[2], other[2]] = [other[2] as string, one[2] as string];
      return true;
    },
  },
  {
    name: "swaps two columns of a row",
    code: "extract/contents-differ",
    lone: true,
    inject(rows, at) {
      const row = rows[at] as Cells;
      if (row[1] === null || row[3] === null || row[1] === row[3]) return false;
      [row[1], row[3]] = [row[3] as string, row[1] as string];
      return true;
    },
  },
  cellFault("cuts the end off a text", "extract/contents-differ", 3, (cell) =>
    cell === null ? null : cell.slice(0, -1),
  ),
  cellFault("flips a digit", "extract/contents-differ", 2, (cell) =>
    cell === null ? null : cell.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
  ),
  cellFault(
    "turns a boolean",
    "extract/contents-differ",
    4,
    (cell) => cell && (cell === "true" || cell === "t" || cell === "1" ? "false" : "true"),
  ),
  cellFault("makes a value NULL", "extract/values-lost", 3, () => null),
  cellFault("makes NULL an empty text", "extract/values-lost", 3, (cell) => cell ?? ""),
  cellFault("makes an empty text NULL", "extract/values-lost", 1, (cell) => (cell === "" ? null : cell)),
];

type Places = (rows: number, chunkStarts: readonly number[]) => readonly number[];

const PLACES: Readonly<Record<string, Places>> = {
  "the first row": () => [0],
  "the last row": (rows) => [rows - 1],
  "both sides of every chunk's border": (_, chunks) => chunks.flatMap((at) => [at - 1, at]),
  "one row in a hundred": (rows) => Array.from({ length: rows / 100 }, (_, i) => i * 100 + 50),
};

/** Injects the fault at these rows, or at the nearest that can have it, and sends the rows in two parts. */
function tampering(fault: Fault, places: Places) {
  const injected = { faults: 0, chunks: 0 };
  const tamper: Tamper = (all, chunkStarts) => {
    const rows = all.map((row) => [...row]);
    injected.chunks = chunkStarts.length;
    // From behind, so that a dropped row does not move the places before it.
    for (const place of [...new Set(places(rows.length, chunkStarts))].sort((a, b) => b - a)) {
      const near = Array.from({ length: 20 }, (_, i) => place + (i % 2 === 0 ? -i / 2 : (i + 1) / 2));
      if (near.some((at) => at >= 0 && at < rows.length && fault.inject(rows, at))) injected.faults++;
    }
    const middle = Math.floor(rows.length / 2);
    return [rows.slice(0, middle), rows.slice(middle)];
  };
  return { tamper, injected };
}

/** The run fails with a loss, and leaves what was published and nothing else. Gives the problem's code and message. */
async function failureOf(
  mesh: ExtractMesh,
  tamper: Tamper,
): Promise<{ readonly code: string; readonly message: string }> {
  const before = await mesh.published("orders");
  const builds = await mesh.warehouse.listBuilds();
  const result = await mesh.run((connection) => tampered(connection, tamper));
  const error = result.steps.find((step) => step.step.kind === "extract")?.error;
  expect((await mesh.published("orders"))?.id).toBe(before?.id);
  expect(await mesh.warehouse.listBuilds()).toEqual(builds);
  expect(error?.message ?? "").not.toMatch(/Łódź|of order|東京/);
  return { code: error?.code ?? "not caught", message: error?.message ?? "" };
}

const TEXT: Readonly<Record<string, string>> = { pg: "text", mysql: "longtext", sqlite: "text" };

async function fill(store: TestStore, rows: number): Promise<void> {
  const { client } = store.settings;
  await store.writer.exec(
    `CREATE TABLE orders (id bigint PRIMARY KEY, name ${TEXT[client]}, amount decimal(12,2), note ${TEXT[client]}, paid ${client === "pg" ? "boolean" : "tinyint(1)"})`,
  );
  for (let from = 0; from < rows; from += 500) {
    const values = Array.from({ length: Math.min(500, rows - from) }, (_, i) => {
      const id = from + i;
      const name = id % 7 === 3 ? "''" : `'Łódź 東京 ${id}'`;
      const note = id % 5 === 2 ? "NULL" : `'a "note" of order ${id}, with\na second line ${"x".repeat(id % 90)}'`;
      const amount = `${id}.${String((id * 37) % 100).padStart(2, "0")}`;
      return `(${id}, ${name}, ${amount}, ${note}, ${client === "pg" ? id % 2 === 0 : (id + 1) % 2})`;
    });
    await store.writer.exec(`INSERT INTO orders VALUES ${values.join(", ")}`);
  }
}

interface Kind {
  readonly name: string;
  start(): Promise<StoreMaker>;
}

const KINDS: readonly Kind[] = [
  { name: "postgres", start: startTestPostgres },
  { name: "mariadb", start: startTestMariadb },
  { name: "sqlite", start: startTestSqlite },
];

const mariadb = await isMariadbInstalled();

describe.each(KINDS.filter(({ name }) => mariadb || name !== "mariadb"))(
  "loss between $name and the warehouse",
  ({ name, start }) => {
    let server: StoreMaker;
    let store: TestStore;
    let lone: TestStore;
    let injected = 0;
    beforeAll(async () => {
      server = await start();
      [store, lone] = [await server.createStore(), await server.createStore()];
      await fill(store, ROWS);
      await fill(lone, 1);
    }, 60_000);
    afterAll(async () => {
      await store?.remove();
      await lone?.remove();
      await server?.stop();
      console.log(`${name}: ${injected} faults injected, all caught`);
      expect(injected).toBeGreaterThan(0);
    });

    it("is none when nothing is tampered with, and the record says so", { timeout: 60_000 }, () =>
      withExtractMesh(store.settings, [ORDERS], async (mesh) => {
        const result = await mesh.run((connection) => tampered(connection, (rows) => [rows, []]));
        expect(result.steps.flatMap((step) => step.error ?? [])).toEqual([]);
        const record = (await mesh.published("orders"))?.extraction;
        expect(record).toMatchObject({ storeRows: ROWS, landedRows: ROWS, unchecked: [] });
        expect(record?.checksum?.store).toMatch(/^\d{15,}$/);
        expect(record?.checksum?.landed).toBe(record?.checksum?.store);
      }),
    );

    it.each(FAULTS)("is caught when something $name", { timeout: 120_000 }, (fault) =>
      withExtractMesh(store.settings, [ORDERS], async (mesh) => {
        for (const [where, places] of Object.entries(PLACES)) {
          const { tamper, injected: told } = tampering(fault, places);
          const { code } = await failureOf(mesh, tamper);
          expect(`${told.faults > 0} ${where}: ${code}`).toBe(`true ${where}: ${fault.code}`);
          expect(told.chunks).toBeGreaterThan(1);
          injected += told.faults;
        }
      }),
    );

    it("is caught when it is the only row", { timeout: 60_000 }, () =>
      withExtractMesh(lone.settings, [ORDERS], async (mesh) => {
        for (const fault of FAULTS.filter(({ lone: can }) => can)) {
          const { tamper, injected: told } = tampering(fault, () => [0]);
          expect(`${fault.name}: ${(await failureOf(mesh, tamper)).code}`).toBe(`${fault.name}: ${fault.code}`);
          injected += told.faults;
        }
      }),
    );

    it("is caught when a whole part is missing, or came twice", { timeout: 60_000 }, () =>
      withExtractMesh(store.settings, [ORDERS], async (mesh) => {
        const half = ROWS / 2;
        expect(await failureOf(mesh, (rows) => [rows.slice(0, half), []])).toEqual({
          code: "extract/rows-lost",
          message: "shop.shop_db.orders: 1000 of 2000 rows are missing (50%).",
        });
        expect((await failureOf(mesh, (rows) => [rows.slice(0, half), rows.slice(0, half)])).code).toBe(
          "extract/contents-differ",
        );
        expect((await failureOf(mesh, (rows) => [rows, rows.slice(half)])).code).toBe("extract/rows-surplus");
        injected += 3;
      }),
    );

    it("is caught whatever it is and wherever it happens", { timeout: 120_000 }, () =>
      withExtractMesh(store.settings, [ORDERS], (mesh) =>
        fc.assert(
          fc.asyncProperty(fc.constantFrom(...FAULTS), fc.nat({ max: ROWS - 1 }), async (fault, at) => {
            const { tamper, injected: told } = tampering(fault, () => [at]);
            const { code } = await failureOf(mesh, tamper);
            fc.pre(told.faults > 0);
            expect(code).toBe(fault.code);
            injected += told.faults;
          }),
          { numRuns: 15 },
        ),
      ),
    );
  },
);
