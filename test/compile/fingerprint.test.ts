// What changes a model's fingerprint, and with it what a plan rebuilds: all that decides its rows, and nothing else.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tokenizeSql } from "../../core/compile/sql/tokenize-sql.ts";
import { type CompileFolderOptions, compileFolder } from "../support/compile-folder.ts";
import { SHOP_ENV, SHOP_MESH } from "../support/shop-mesh.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const SHOP = "projects/shop/project.yml";
const ORDERS = "projects/shop/models/orders.sql";
const SHOP_YAML = "projects/shop/models/shop.yml";
const SNAPSHOTS = "projects/shop/models/snapshots.yml";
const DAILY = "projects/sales/models/daily.sql";
const SALES_YAML = "projects/sales/models/sales.yml";
const SEED = "projects/shop/seeds/countries.csv";
const SCORES = "projects/board/models/scores.ts";
const CLEAN = "projects/shop/macros/clean.sql";

type Replacement = readonly [path: string, from: string, to: string];

interface Case {
  readonly what: string;
  readonly edit?: readonly Replacement[];
  readonly options?: CompileFolderOptions;
}

const ALL = ["shop.raw_orders", "shop.countries", "shop.orders", "sales.daily", "board.scores"];

const SAME: readonly Case[] = [
  { what: "comments and line breaks of a query", edit: [[ORDERS, "select\n", "-- why\nselect /* all */\n\n   "]] },
  { what: "a template comment", edit: [[ORDERS, "select\n", "{# why #}select\n"]] },
  { what: "a description", edit: [[SHOP_YAML, "One row per order.", "An order."]] },
  { what: "a test", edit: [[SHOP_YAML, "[unique, not_null]", "[not_null]"]] },
  { what: "a classification", edit: [[SHOP_YAML, "{ name: day,", "{ name: day, classification: internal,"]] },
  {
    what: "tags, meta and access",
    edit: [[SALES_YAML, "access: public", "access: public, tags: [x], meta: { a: 1 }"]],
  },
  { what: "a schedule", edit: [[ORDERS, "materialized='table'", "materialized='table', schedule='nightly'"]] },
  { what: "the owner", edit: [[SHOP, "team: shop", "team: Shop"]] },
  { what: "the connection of a store", edit: [[SHOP, "connection: shop.db", "connection: other.db"]] },
  { what: "how a source's type is written", edit: [[SNAPSHOTS, "decimal(10,2)", "DECIMAL(10, 2)"]] },
  {
    what: "the formatting of a macro's arguments where it is called",
    edit: [[ORDERS, "cents('o.amount')", "cents( 'o.amount' )"]],
  },
  { what: "a variable that no template asks for", edit: [[SHOP, "vars: {", "vars: { unasked: 1,"]] },
  { what: "an environment variable nobody asks for", options: { env: { ...SHOP_ENV, OTHER: "1" } } },
];

/** By the models whose fingerprint changes; every other keeps its own. */
const DIFFERENT: readonly (Case & { readonly changes: readonly string[] })[] = [
  { what: "an operator", edit: [[ORDERS, "o.created_at >=", "o.created_at >"]], changes: ["shop.orders"] },
  {
    what: "the case of a name, which a column's name keeps",
    edit: [[ORDERS, "c.vat", "c.Vat"]],
    changes: ["shop.orders"],
  },
  { what: "a space inside a text", edit: [[ORDERS, "'{{ env_var", "' {{ env_var"]], changes: ["shop.orders"] },
  { what: "the materialization", edit: [[ORDERS, "='table'", "='view'"]], changes: ["shop.orders"] },
  { what: "the incremental form alone", edit: [[DAILY, "day >= (select", "day > (select"]], changes: ["sales.daily"] },
  { what: "the incremental strategy", edit: [[DAILY, "delete+insert", "merge"]], changes: ["sales.daily"] },
  { what: "the unique key", edit: [[DAILY, "unique_key='day'", "unique_key='orders'"]], changes: ["sales.daily"] },
  { what: "a macro that is reached", edit: [[CLEAN, "trim(", "ltrim("]], changes: ["shop.orders"] },
  { what: "a shared macro that is reached", edit: [["macros/cents.sql", "* 100", "* 1000"]], changes: ["shop.orders"] },
  { what: "a variable that is asked for", edit: [[SHOP, "2024-01-01", "2023-01-01"]], changes: ["shop.orders"] },
  {
    what: "an environment variable that is asked for",
    options: { env: { SHOP_REGION: "us" } },
    changes: ["shop.orders"],
  },
  { what: "a row of a seed", edit: [[SEED, "21", "22"]], changes: ["shop.countries"] },
  { what: "a source's type", edit: [[SNAPSHOTS, "decimal(10,2)", "decimal(12,2)"]], changes: ["shop.raw_orders"] },
  {
    what: "a snapshot's key",
    edit: [[SNAPSHOTS, "unique_key: id", "unique_key: created_at"]],
    changes: ["shop.raw_orders"],
  },
  {
    what: "the table behind a source",
    edit: [[SNAPSHOTS, "- name: orders", "- name: orders\n        identifier: orders_v2"]],
    changes: ["shop.raw_orders"],
  },
  {
    what: "any variable of a project with TypeScript models, which may read them all",
    options: { vars: { unasked: 1 } },
    changes: ["board.scores"],
  },
  { what: "the code of a TypeScript model", edit: [[SCORES, "score: 1 }", "score: 2 }"]], changes: ["board.scores"] },
];

async function fingerprints(edit: readonly Replacement[] = [], options: CompileFolderOptions = {}) {
  const files: Record<string, string> = { ...SHOP_MESH };
  for (const [path, from, to] of edit) {
    const text = files[path] ?? "";
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    files[path] = text.replace(from, to);
  }
  return withTempMesh(files, async ({ root }) => {
    const { model, errors } = await compileFolder(root, { env: SHOP_ENV, ...options });
    expect(errors).toEqual([]);
    return Object.fromEntries(ALL.map((id) => [id, model(id).fingerprint]));
  });
}

describe("fingerprints", () => {
  test.each(SAME)("$what does not count", async ({ edit, options }) => {
    expect(await fingerprints(edit, options)).toEqual(await fingerprints());
  });

  test.each(DIFFERENT)("$what counts, for $changes alone", async ({ edit, options, changes }) => {
    const [before, after] = [await fingerprints(), await fingerprints(edit, options)];
    expect(ALL.filter((id) => before[id] !== after[id])).toEqual(changes);
  });

  test("the path of a file does not count", async () => {
    const { [DAILY]: daily = "", [CLEAN]: clean = "", ...rest } = SHOP_MESH;
    const moved = {
      ...rest,
      "projects/sales/models/marts/deep/daily.sql": daily,
      "projects/shop/macros/text/cleaning.sql": clean,
    };
    await withTempMesh(moved, async ({ root }) => {
      const { model } = await compileFolder(root, { env: SHOP_ENV });
      expect(Object.fromEntries(ALL.map((id) => [id, model(id).fingerprint]))).toEqual(await fingerprints());
    });
  });

  test("no formatting and no comment ever changes one, wherever it stands in the query", async () => {
    const queries = [
      'select a, \'x -- no comment\' as b, "Q c" from (select 1 as a, 2 as "Q c") t where a <> 2 and b is not null',
      "with t as (select 1.5e3 as x, x'00' as y, $$ it's $$ as z) select x::int as x, z || 'é' as z from t -- end",
      "select case when 1 >= 0 then -1 else +1 end as c, [1, 2][1] as d, {'k': 'v'}.k as e",
    ];
    const gap = fc.array(
      fc.constantFrom(" ", "  ", "\n", "\t", "\r\n", "/* a, 'b' */", "/* -- */", "-- it's so\n", "--\n"),
      { minLength: 1, maxLength: 3 },
    );
    const written = fc.constantFrom(...queries).chain((query) => {
      const tokens = tokenizeSql(query);
      const places = tokens.filter(({ kind }) => kind === "space").length;
      return fc.array(gap, { minLength: places + 2, maxLength: places + 2 }).map((gaps) => {
        let next = 0;
        const text = tokens.map(({ kind, text }) => (kind === "space" ? ` ${gaps[next++]?.join("")}` : text)).join("");
        return { query, text: `${gaps.at(-1)?.join("")}${text}\n${gaps.at(-2)?.join("")}` };
      });
    });
    await fc.assert(
      fc.asyncProperty(fc.array(written, { minLength: 20, maxLength: 20 }), async (all) => {
        const files = Object.fromEntries(
          all.flatMap(({ query, text }, i) => [
            [`projects/p/models/before_${i}.sql`, query],
            [`projects/p/models/after_${i}.sql`, text],
          ]),
        );
        await withTempMesh(files, async ({ root }) => {
          const { model } = await compileFolder(root, { types: false });
          for (const [i, { text }] of all.entries())
            expect(model(`p.after_${i}`).fingerprint, text).toBe(model(`p.before_${i}`).fingerprint);
        });
      }),
      { numRuns: 15 },
    );
  });
});
