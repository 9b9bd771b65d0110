// Every cell of the drift matrix, on real stores: each has a table that is migrated between two runs, or before the first.
import { describe, expect, test } from "vitest";
import { DRIFT_KINDS } from "../../core/contract/index.ts";
import type { Mesh } from "../../core/index.ts";
import { createTable, type DriftCase, declareCases, driftCases, migrate } from "../support/drift-cells.ts";
import { PROJECT } from "../support/shop-mesh.ts";
import { startTestMariadb, startTestPostgres, startTestSqlite, type TestStore, withStore } from "../support/stores.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const CODES: Readonly<Record<string, string>> = {
  dropped: "extract/columns-missing",
  renamed: "extract/columns-missing",
  table_gone: "extract/table-missing",
};

interface Seen {
  readonly status: string;
  readonly code: string | undefined;
  readonly kinds: readonly string[];
  /** What readers see: `id customer qty note` of each row; undefined when nothing is published. */
  readonly rows: readonly string[] | undefined;
}

const BEFORE = ["1 ada 5 a", "2 grace 6 b"];

function expectedOf({ kind, word, existing, expected, change }: DriftCase): Seen {
  const now = [...BEFORE, change === "nullable" ? "3 null 7 c" : "3 joan 7 c"];
  const kept = existing ? BEFORE : undefined;
  switch (expected) {
    case "refused": {
      const code = existing ? "extract/drift-refused" : (CODES[kind] ?? "none");
      return { status: "failed", code, kinds: [], rows: kept };
    }
    case "no drift":
      return { status: "success", code: undefined, kinds: [], rows: now };
    case "noted":
      return {
        status: kind === "added" ? "success" : "warned",
        code: undefined,
        // `add` tells of each column that nobody declared, the one from the beginning too.
        kinds: word === "add" ? ["added", "added"] : [kind],
        rows: now,
      };
    case "lands as NULL":
      return { status: "warned", code: undefined, kinds: [kind], rows: nullNote() };
    case "dropped + added":
      return { status: "warned", code: undefined, kinds: ["dropped", "added"], rows: nullNote() };
    case "held":
      return { status: "unchanged", code: undefined, kinds: [kind], rows: BEFORE };
    case "noted if lossless":
    case "not a word":
      throw new Error(`the cell of ${kind} is told apart further`);
  }
}

const nullNote = () => ["1 ada 5 null", "2 grace 6 null", "3 joan 7 null"];

async function observe(mesh: Mesh, cases: readonly DriftCase[]): Promise<ReadonlyMap<string, Seen>> {
  const result = await mesh.run({ select: cases.map(({ name }) => name) });
  const seen = new Map<string, Seen>();
  for (const { name } of cases) {
    const step = result.steps.find(({ step: { id } }) => id === `extract:shop.${name}`);
    const shown = await mesh.show({ inline: `select * from {{ ref('shop', '${name}') }} order by id` }, 9).then(
      ({ rows }) => rows.map((row) => row.join(" ").replaceAll("  ", " null ").replace(/ $/, " null")),
      () => undefined,
    );
    seen.set(name, {
      status: step?.status ?? "absent",
      code: step?.error?.code,
      kinds: (step?.drift ?? []).map(({ kind }) => kind),
      rows: shown,
    });
  }
  return seen;
}

/** Publishes, migrates, runs again, and once more with nothing changed in between. */
async function check(store: TestStore): Promise<void> {
  const { client, connection } = store.settings;
  const cases = driftCases(DRIFT_KINDS);
  const existing = cases.filter((one) => one.existing);
  let faults = 0;
  const inject = async (some: readonly DriftCase[]) => {
    for (const one of some) {
      for (const sql of migrate(one, client)) await store.writer.exec(sql);
      faults++;
    }
  };
  const files = {
    "projects/shop/project.yml": PROJECT(
      "shop",
      `stores:\n  shop_db: { client: ${client}, connection: "$\{SHOP_DB}" }\n`,
    ),
    "projects/shop/models/cases.yml": declareCases(cases),
  };
  await withTempMesh(files, async ({ open }) => {
    const mesh = await open({ env: { SHOP_DB: String(connection) } });
    expect((await mesh.compile()).diagnostics).toEqual([]);
    for (const one of cases) for (const sql of createTable(one, client)) await store.writer.exec(sql);
    expect((await mesh.run({ select: existing.map(({ name }) => name) })).status).toBe("success");

    await inject(cases);
    const seen = await observe(mesh, cases);
    expect(faults).toBe(cases.length);
    expect(faults).toBeGreaterThan(30);
    console.log(`${client}: ${faults} drift faults injected (${cases.length} cells and their cases)`);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(cases.map((one) => [one.name, expectedOf(one)])));

    // What was taken is known from now on; what is refused, gone or NULL is told again.
    const again = await observe(mesh, existing);
    const later = existing.map((one): readonly [string, Seen] => {
      const first = expectedOf(one);
      // The new name is known by now; that the old one is gone stays a warning.
      if (one.expected === "dropped + added") return [one.name, { ...first, kinds: ["dropped"] }];
      const settled = one.expected === "noted" && one.word !== "add";
      return [one.name, settled ? { ...first, status: "success", kinds: [] } : first];
    });
    expect(Object.fromEntries(again)).toEqual(Object.fromEntries(later));
  });
}

describe("what a policy says comes of each change", () => {
  test.each([
    ["SQLite", startTestSqlite],
    ["Postgres", startTestPostgres],
    ["MariaDB", startTestMariadb],
  ] as const)("of a %s store", (_, start) => withStore(start, check), 120_000);
});
