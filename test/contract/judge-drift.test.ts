// What a change of a store comes to under each policy, judged from facts alone. The same on real stores: test/execute/drift-*.test.ts.
import { describe, expect, it } from "vitest";
import {
  DRIFT_KINDS,
  DRIFT_MATRIX,
  type DriftRequest,
  judgeDrift,
  judgeHistory,
  wordsFor,
} from "../../core/contract/index.ts";
import type { DriftPolicy, Source } from "../../core/manifest/index.ts";
import { propertiesSchema } from "../../core/project/schemas.ts";
import type { StoreColumn } from "../../core/source/index.ts";
import { DRIFT, SOURCE_POLICY } from "../support/policies.ts";

const column = (name: string, storeType: string, type: string | undefined, nullable = true): StoreColumn => ({
  name,
  storeType,
  type,
  nullable,
});
const ORDERS: readonly StoreColumn[] = [
  column("id", "bigint", "BIGINT", false),
  column("customer", "text", "VARCHAR", false),
  column("qty", "integer", "INTEGER"),
  column("secret", "text", "VARCHAR"),
];

function source(drift: Partial<DriftPolicy> = {}, types: Readonly<Record<string, string>> = {}): Source {
  const declared = { id: "BIGINT", customer: "VARCHAR", qty: "INTEGER", ...types };
  return {
    id: "shop.shop_db.orders",
    project: "shop",
    store: "shop_db",
    name: "orders",
    identifier: "orders",
    ...SOURCE_POLICY,
    drift: { ...DRIFT, ...drift },
    columns: Object.entries(declared).map(([name, type], i) => ({
      name,
      identifier: name,
      type,
      location: { file: "sources.yml", line: 7 + i, column: 13 },
    })),
    location: { file: "sources.yml", line: 5, column: 9 },
  };
}

const judge = (request: Partial<DriftRequest>) =>
  judgeDrift({
    source: source(),
    owner: "Shop",
    actual: ORDERS,
    before: { columns: ORDERS, landed: new Set(["id", "customer", "qty"]) },
    ...request,
  });
const changed = (change: (columns: StoreColumn[]) => void): readonly StoreColumn[] => {
  const columns = [...ORDERS];
  change(columns);
  return columns;
};
const message = (request: Partial<DriftRequest>) => {
  const verdict = judge(request);
  return verdict.kind === "refused" ? verdict.problem.message : verdict;
};

describe("drift", () => {
  it("is nothing when the store is as it was, and nothing but declared columns are read", () => {
    expect(judge({})).toMatchObject({ kind: "read", columns: source().columns, absent: [], notes: [] });
  });

  it("is told all at once, with the place of the first column and whom to ask", () => {
    const verdict = judge({
      source: source({ added: "refuse" }),
      actual: changed((columns) => {
        columns[0] = column("id", "text", "VARCHAR");
        columns[1] = column("customer", "text", "VARCHAR", true);
        columns.splice(2, 1);
        columns.push(column("discount", "numeric(5,2)", "DECIMAL(5,2)"));
      }),
      notNull: new Set(["customer"]),
    });
    expect(verdict).toMatchObject({
      kind: "refused",
      problem: { code: "extract/drift-refused", location: { line: 9, column: 13 } },
    });
    expect(verdict.kind === "refused" && [verdict.problem.message, verdict.problem.help]).toEqual([
      "shop.shop_db.orders: `qty` is gone [dropped]; `discount` (numeric(5,2)) is new and not declared [added]; `id` was bigint and is text; it is declared as BIGINT [retyped]; `id` was NOT NULL and may be NULL now [nullable]; `customer` was NOT NULL and may be NULL now, and a not_null test is written on it [nullable].",
      "Ask Shop whether it is meant. Then declare the source as it is now, or allow it with `drift: { dropped: …, added: …, retyped: …, nullable: … }`. See docs/drift.md.",
    ]);
  });

  it("suggests a new name when the column next to it has the type and the place, and never follows it", () => {
    const actual = changed((columns) => columns.splice(1, 1, column("buyer", "text", "VARCHAR", false)));
    expect(message({ actual })).toBe(
      "shop.shop_db.orders: `customer` seems to be renamed to `buyer` (same type, same position): if it holds the same, declare `identifier: buyer` [renamed].",
    );
    expect(judge({ actual, source: source({ renamed: "ignore_new", dropped: "ignore_new" }) })).toMatchObject({
      kind: "read",
      absent: [{ name: "customer" }],
      notes: [
        { kind: "dropped", column: "customer", action: "lands as NULL; buyer may be its new name" },
        { kind: "added", column: "buyer", action: "ignored" },
      ],
    });
  });

  it("takes no column for the new name of another when there are two, or when the type differs", () => {
    const two = changed((columns) =>
      columns.splice(1, 1, column("customer_a", "text", "VARCHAR"), column("customer_b", "text", "VARCHAR")),
    );
    expect(message({ actual: two })).toBe("shop.shop_db.orders: `customer` is gone [dropped].");
    const other = changed((columns) => columns.splice(1, 1, column("customers", "bigint", "BIGINT")));
    expect(message({ actual: other })).toBe("shop.shop_db.orders: `customer` is gone [dropped].");
  });

  it("never lets a column go that the snapshot is made with, nor the last one", () => {
    const dropped = { dropped: "ignore_new" } as const;
    expect(
      message({
        source: source(dropped),
        actual: ORDERS.slice(1),
        needed: new Map([["id", "its unique_key"]]),
      }),
    ).toBe("shop.shop_db.orders: `id` is gone, and the snapshot needs it as its unique_key [dropped].");
    const one = { ...source(dropped), columns: source().columns.slice(0, 1) };
    expect(message({ source: one, actual: ORDERS.slice(1) })).toMatch("`id` is gone, and nothing else is declared");
    expect(message({ source: source(dropped), actual: ORDERS.slice(3) })).toMatch(
      "`qty` is gone, and so is all else that is declared",
    );
    const undreamt = { ...source(dropped, { ghost: "INTEGER" }) };
    expect(message({ source: undreamt })).toMatch("`ghost` is declared, and the store has never had it");
  });

  it("takes a misspelt declaration for no change of the store, and says what is there", () => {
    const { columns, ...rest } = source();
    const misspelt = columns.map((one) =>
      one.name === "customer" ? { ...one, name: "costumer", identifier: "costumer" } : one,
    );
    expect(message({ source: { ...rest, columns: misspelt } })).toBe(
      "shop.shop_db.orders: `costumer` is declared, and the store has never had it; did you mean `customer`? [dropped].",
    );
    expect(judge({ source: { ...rest, columns: misspelt } })).toMatchObject({
      problem: { help: "Ask Shop whether it is meant. Then declare the source as it is now. See docs/drift.md." },
    });
  });

  it("is no drift when a type grows into the one that is declared already", () => {
    const actual = changed((columns) => columns.splice(2, 1, column("qty", "bigint", "BIGINT")));
    expect(judge({ actual, source: source({}, { qty: "BIGINT" }) })).toMatchObject({
      kind: "read",
      notes: [{ kind: "retyped", was: "integer", now: "bigint", action: "landed as BIGINT, as declared" }],
    });
    expect(message({ actual })).toMatch("`qty` was integer and is bigint; it is declared as INTEGER");
    expect(judge({ actual, source: source({ retyped: "widen" }) })).toMatchObject({ kind: "read" });
    const text = changed((columns) => columns.splice(2, 1, column("qty", "text", "VARCHAR")));
    expect(message({ actual: text, source: source({ retyped: "widen" }) })).toMatch("is no widening without loss");
  });

  it("tells a column declared since from those that kept rows have", () => {
    const kept = new Set(["id", "customer"]);
    expect(judgeHistory({ source: source(), owner: "Shop" }, kept)).toMatchObject([
      { kind: "added", column: "qty", action: "declared since; NULL in the rows of earlier builds" },
    ]);
    expect(() => judgeHistory({ source: source({ added: "refuse" }), owner: "Shop" }, kept)).toThrow(
      "`qty` is declared since, and the rows kept from earlier builds do not have it",
    );
  });

  it("with `add` gives the line that declares each column that is not", () => {
    const actual = [...ORDERS, column("createdAt", "numeric(5,2)", "DECIMAL(5,2)")];
    const notes = [
      {
        kind: "added",
        column: "secret",
        action: "not copied until it is declared: { name: secret, data_type: varchar }",
      },
      {
        kind: "added",
        column: "createdAt",
        action:
          'not copied until it is declared: { name: created_at, identifier: "createdAt", data_type: "decimal(5,2)" }',
      },
    ];
    expect(judge({ actual, source: source({ added: "add" }) })).toMatchObject({ notes });
    expect(judge({ actual, source: source({ added: "add" }), before: undefined })).toMatchObject({ notes });
  });

  it("does not look at a column that is never read", () => {
    const declared = source();
    const columns = declared.columns.map((one) => (one.name === "qty" ? { ...one, protect: "drop" as const } : one));
    const actual = ORDERS.filter(({ name }) => name !== "qty");
    expect(judge({ actual, source: { ...declared, columns } })).toMatchObject({
      kind: "read",
      columns: [{ name: "id" }, { name: "customer" }],
      notes: [],
    });
  });
});

describe("the words of a policy", () => {
  it("are those of the matrix, in YAML too", () => {
    const accepts = (drift: unknown) =>
      propertiesSchema.safeParse({
        sources: [{ name: "a", tables: [{ name: "b", drift, columns: [{ name: "c", data_type: "int" }] }] }],
      }).success;
    const words = ["refuse", "add", "ignore_new", "widen"] as const;
    let cells = 0;
    for (const kind of DRIFT_KINDS)
      for (const word of words) {
        expect([kind, word, accepts({ [kind]: word })]).toEqual([kind, word, wordsFor(kind).includes(word)]);
        cells++;
      }
    expect(cells).toBe(24);
    // One word for all is one that means something for each.
    for (const word of words)
      expect([word, accepts(word)]).toEqual([word, DRIFT_KINDS.every((kind) => wordsFor(kind).includes(word))]);
    expect(Object.values(DRIFT_MATRIX).flatMap((row) => Object.values(row))).toHaveLength(24);
  });
});
