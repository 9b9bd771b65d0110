// What `mesh run` says and leaves behind when the world is not as it should be: all of its words, its exit code, no stack, no secret;
// what was published before is served all along, and when the cause is gone the next run succeeds.
import { spawnSync } from "node:child_process";
import { chmod, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMesh } from "../../core/index.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { filesWith } from "../support/files-with.ts";
import { STORE_PASSWORD, startTestPostgres, type TestServer, type TestStore } from "../support/stores.ts";
import { type CommandResult, runMesh, runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;

const WRONG_PASSWORD = "wr0ng-hunter2";
const SECRETS = [STORE_PASSWORD, encodeURIComponent(STORE_PASSWORD), WRONG_PASSWORD];
/** Values of rows, which no message repeats. */
const VALUES = ["twelve-pounds", "9007199254740993"];

beforeAll(ensureBuilt);

/** What varies from run to run is not what is said. */
function normal(text: string, root: string): string {
  return text
    .replaceAll(root, "<mesh>")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replace(/store_\d+/g, "<database>")
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-hjkmnp-tv-z]{26}\b/gi, "<id>")
    .replace(/\b\d+(\.\d+)?( B| [kKMG]i?B)\b/g, "<size>")
    .replace(/(?<![\d.])\d+(\.\d+)? ?(ms|s)\b/g, "<time>")
    .replace(/\b\d+ rows?\b/g, "<n> rows")
    .replace(/\bRow \d+:/g, "Row <n>:")
    .replace(/ +$/gm, "")
    .trim();
}

async function expectNoSecret(
  root: string,
  { stdout, stderr }: Pick<CommandResult, "stdout" | "stderr">,
): Promise<void> {
  const said = stdout + stderr;
  expect(said, "a stack trace").not.toMatch(/^\s+at .*[:(]|node_modules|\.js:\d+/m);
  for (const value of VALUES) expect(said, "a value of a row").not.toContain(value);
  for (const secret of SECRETS) expect(said, "a secret").not.toContain(secret);
  expect(await filesWith(root, SECRETS), "files with a secret").toEqual([]);
}

/** The first row, as a BI tool sees it now. */
async function served(root: string, project: string, query: string): Promise<string> {
  const instance = await DuckDBInstance.create(join(root, `wh/serving/${project}.duckdb`), {
    access_mode: "READ_ONLY",
  });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(query)).getRows()[0]?.map(String).join(" ") ?? "nothing";
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** All that was said; models end in any order, so their lines are put into that of the alphabet. */
function allSaid(root: string, { stderr, stdout }: Pick<CommandResult, "stdout" | "stderr">): string {
  const lines = normal(stderr, root).split("\n");
  const isModel = (line: string) => /^[✓✗‖-] /.test(line);
  const told = [...lines.filter((line) => !isModel(line)), ...lines.filter(isModel).sort()];
  return `${told.join("\n")}\n---\n${normal(stdout, root)}`.trim();
}

/** In this process, which is quicker; the disk, the state store and a model's own code go wrong in the real command. */
async function expectSuccess(root: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const mesh = await createMesh({ cwd: root, env });
  try {
    const { status, steps } = await mesh.run({});
    expect(steps.flatMap((step) => step.error ?? [])).toEqual([]);
    expect(status).toBe("success");
  } finally {
    await mesh.close();
  }
}

describe("a mesh with a store is", () => {
  let server: TestServer;
  let store: TestStore;
  let url = "";
  beforeAll(async () => {
    server = await startTestPostgres();
    store = await server.createStore();
    url = String(store.settings.connection);
    await store.writer.exec(
      "create table orders (id bigint primary key, customer text, amount numeric(12,2), note text); insert into orders select i, 'c' || i, i, '5' from generate_series(1, 10) i",
    );
  }, 120_000);
  afterAll(async () => {
    await store?.remove();
    await server?.stop();
  });

  const FILES = {
    "projects/shop/project.yml": `name: shop\nowner: { team: Shop }\nstores:\n  shop_db: { client: pg, connection: "${"${SHOP_DB_URL}"}" }\n`,
    "projects/shop/models/sources.yml": `sources:
  - name: shop_db
    tables:
      - name: orders
        columns:
          - { name: id, data_type: bigint }
          - { name: customer, data_type: varchar }
          - { name: amount, data_type: "decimal(12,2)" }
          - { name: note, data_type: varchar }
        drift: { retyped: ignore_new }
snapshots:
  - name: orders
    relation: source('shop_db', 'orders')
`,
    "projects/shop/models/totals.sql": `{{ config(materialized='table') }}
select count(*) as orders,
  sum({{ weight('note') }}) as weight
from {{ ref('orders') }}
`,
    "projects/shop/macros/weight.sql": "{% macro weight(column) %}cast({{ column }} as integer){% endmacro %}\n",
    "projects/shop/models/rates.ts": `import { defineModel, ref } from "mesh-elt";

export default defineModel({
  columns: { id: "bigint", half: "integer" },
  deps: { orders: ref("orders") },
  async *rows({ orders }) {
    for await (const order of orders) {
      if (order.customer === "nobody") throw new Error("an order without a customer");
      yield { id: order.id, half: order.customer === "huge" ? 9007199254740993n : 1 };
    }
  },
});
`,
    "projects/other/seeds/items.csv": "id\n1\n2\n",
    "projects/other/models/items_count.sql":
      "{{ config(materialized='table') }}\nselect count(*) as n from {{ ref('items') }}\n",
  };

  interface Case {
    readonly name: string;
    /** What is wrong: in the environment, or in the store. */
    readonly env?: () => Record<string, string>;
    readonly store?: string;
    /** Puts the store right again. */
    readonly repair?: string;
    /** The model that fails; `orders` unless told. */
    readonly model?: "totals" | "rates";
    readonly message: string;
    readonly code: string;
    readonly place?: string;
    readonly help: string;
  }

  const CASES: readonly Case[] = [
    {
      name: "the store is down",
      env: () => ({ SHOP_DB_URL: url.replace(/:\d+\//, ":1/") }),
      message:
        "The store `shop.shop_db` cannot be reached at 127.0.0.1:<port>/<database>: connect ECONNREFUSED 127.0.0.1:<port>.",
      code: "store/unreachable",
      place: "projects/shop/project.yml:4:3",
      help: "Check that the server runs and that host and port of the store's `connection` are right from this machine.",
    },
    {
      name: "the password is wrong",
      env: () => ({ SHOP_DB_URL: url.replace(encodeURIComponent(STORE_PASSWORD), WRONG_PASSWORD) }),
      message:
        'The store `shop.shop_db` at 127.0.0.1:<port>/<database> refused the login: password authentication failed for user "mesh".',
      code: "store/access-denied",
      place: "projects/shop/project.yml:4:3",
      help: "Check the user and the password in the environment variables that the store's `connection` names.",
    },
    {
      name: "the environment variable of the store is not set",
      env: () => ({}),
      message: "store shop.shop_db needs the environment variable SHOP_DB_URL, which is not set.",
      code: "config/missing-environment",
      place: "projects/shop/project.yml:4:3",
      help: "Set it in the environment or in a .env file beside mesh.config.ts, or write a default: ${NAME:-default}.",
    },
    {
      name: "the table is not in the store",
      store: "alter table orders rename to order_s",
      repair: "alter table order_s rename to orders",
      message: "shop.shop_db.orders: the table orders is gone; there is order_s [table_gone].",
      code: "extract/drift-refused",
      place: "projects/shop/models/sources.yml:4:9",
      help: "Ask Shop whether it is meant. Then declare the source as it is now, or allow it with `drift: { table_gone: … }`. See docs/drift.md.",
    },
    {
      name: "a column is not in the store",
      store: "alter table orders rename customer to customers",
      repair: "alter table orders rename customers to customer",
      message:
        "shop.shop_db.orders: `customer` seems to be renamed to `customers` (same type, same position): if it holds the same, declare `identifier: customers` [renamed].",
      code: "extract/drift-refused",
      place: "projects/shop/models/sources.yml:7:13",
      help: "Ask Shop whether it is meant. Then declare the source as it is now, or allow it with `drift: { renamed: … }`. See docs/drift.md.",
    },
    {
      name: "a value does not fit the declared type",
      store: "alter table orders alter amount type numeric; update orders set amount = 12.345 where id = 3",
      repair: "update orders set amount = 3 where id = 3; alter table orders alter amount type numeric(12,2)",
      message:
        "The table `orders` of `shop.shop_db` holds values that the declared types cannot hold: `amount` (DECIMAL(12,2)) in <n> rows.",
      code: "store/value-not-representable",
      place: "projects/shop/models/sources.yml:4:9",
      help: "Repair the rows in the store, declare a wider type or varchar, or declare a view that converts them as its team wants.",
    },
    {
      name: "SQL fails on a value, in a macro",
      store: "update orders set note = 'twelve-pounds' where id = 3",
      repair: "update orders set note = '5' where id = 3",
      model: "totals",
      message: "a value is not an INTEGER (column note)",
      code: "run/sql-failed",
      place: "projects/shop/models/totals.sql:3:10",
      help: "Correct the query at the place shown; `mesh compile --sql <model>` prints it as compiled.",
    },
    {
      name: "a TypeScript model throws in the middle of its rows",
      store: "update orders set customer = 'nobody' where id = 4",
      repair: "update orders set customer = 'c4' where id = 4",
      model: "rates",
      message: "its rows function failed after <n> rows: an order without a customer",
      code: "run/typescript-model-failed",
      place: "projects/shop/models/rates.ts:8:46",
      help: "Nothing of it was published. Correct the function at the place shown.",
    },
    {
      name: "a TypeScript model yields a value its column cannot hold",
      store: "update orders set customer = 'huge' where id = 5",
      repair: "update orders set customer = 'c5' where id = 5",
      model: "rates",
      message:
        "Row <n>: the column `half` (integer) was given a bigint outside that range, expected a whole number from -2147483648 to 2147483647.",
      code: "rows/wrong-value",
      place: "projects/shop/models/rates.ts",
      help: "Convert the value in the model's `rows`, or change the column's type. Use null for no value.",
    },
  ];

  const paragraph = ({ message, code, place, help }: Case, model: string) =>
    `failed shop.${model}: ${message} [${code}]${place === undefined ? "" : `\n  ${place}`}\n  help: ${help}`;

  const whenOrdersFail = (failure: Case) => `3 models to run in 7 steps, 2 models up to date
- shop.rates            skipped    shop.orders failed
- shop.totals           skipped    shop.orders failed
✗ shop.orders           failed     ${failure.message}
---
${paragraph(failure, "orders")}

not published  status   why
─────────────  ───────  ──────────────────
shop.rates     skipped  shop.orders failed
shop.totals    skipped  shop.orders failed
What was published of them before stays.

run failed: 1 failed, 2 skipped, 2 up to date · <time>`;

  const whenOneFails = (failure: Case, model: string, other: string) => `3 models to run in 7 steps, 2 models up to date
✓ shop.orders           published  <n> rows  <size>  <time>
✓ shop.${other.padEnd(17)}published  <n> rows  <size>  <time>
✗ shop.${model.padEnd(17)}failed     ${failure.message}
---
${paragraph(failure, model)}

project  published tables are in
───────  ────────────────────────────────────────────
shop     <mesh>/wh/serving/shop.duckdb
Look at one: mesh show shop.${other}

run failed: 2 published, 1 failed, 2 up to date · <n> rows · <size> · <time>`;

  it(
    "told whatever is wrong, serves what was published, and goes on when it is put right",
    () =>
      withTempMesh(FILES, async ({ root }) => {
        const good = { SHOP_DB_URL: url };
        await expectSuccess(root, good);
        for (const [i, failure] of CASES.entries()) {
          const { name, env, store: wrong, repair, model } = failure;
          const orders = 10 + i;
          // A new row each time, so that there is something to publish.
          await store.writer.exec(`insert into orders select ${orders + 1}, 'c', 1, '5'`);
          if (wrong !== undefined) await store.writer.exec(wrong);
          // What the built command alone can get wrong is the place in a model's own code, which it reads off a stack.
          const failed = await (model === "rates" ? runMesh : runMeshHere)(root, ["run"], env?.() ?? good);
          if (repair !== undefined) await store.writer.exec(repair);
          const said =
            model === undefined
              ? whenOrdersFail(failure)
              : whenOneFails(failure, model, model === "totals" ? "rates" : "totals");
          expect(allSaid(root, failed), name).toBe(said);
          expect(failed.code, name).toBe(1);
          await expectNoSecret(root, failed);
          const query = model === "rates" ? "select count(*) from rates" : "select orders from totals";
          expect(await served(root, "shop", query), name).toBe(String(orders));
          expect(await served(root, "other", "select n from items_count"), name).toBe("2");
          await expectSuccess(root, good);
          expect(await served(root, "shop", query), name).toBe(String(orders + 1));
        }
      }),
    180_000,
  );
});

const TABLE = (rows: number, note = "small") => ({
  "projects/shop/models/noise.sql": `{{ config(materialized='table') }}
select '${note}' as note, md5(i::varchar) as a, md5((i + 1)::varchar) as b from range(${rows}) t(i)
`,
});
const COUNT = "select count(*) from noise";
const config = (warehouse: string, state: string) => ({
  "mesh.config.ts": `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "${warehouse}" }, state: { kind: "sqlite", path: "${state}" } } },
});
`,
});

/** Read-only for everybody, or undefined where that cannot be had: root minds no permissions, and mounting needs rights. */
async function makeReadOnly(folder: string): Promise<(() => Promise<void>) | undefined> {
  if (process.getuid?.() !== 0) {
    await chmod(folder, 0o555);
    return () => chmod(folder, 0o755);
  }
  if (spawnSync("mount", ["--bind", folder, folder]).status !== 0) return undefined;
  if (spawnSync("mount", ["-o", "remount,ro,bind", folder]).status !== 0) {
    spawnSync("umount", ["-l", folder]);
    return undefined;
  }
  return async () => void spawnSync("umount", ["-l", folder]);
}

describe.concurrent("a machine", () => {
  it("whose disk is full is told so, serves what was published, and goes on when there is space", async (context) =>
    withTempMesh({ ...TABLE(10) }, async ({ root, write }) => {
      const folder = join(root, "wh");
      await mkdir(folder);
      if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", folder]).status !== 0)
        return context.skip("this user may not mount a tmpfs");
      try {
        await expectSuccess(root);
        await write(TABLE(400_000, "large"));
        const failed = await runMesh(root, ["run"]);
        expect(allSaid(root, failed)).toBe(`1 model to run in 3 steps
✗ shop.noise            failed     no space left on the disk of <mesh>/wh.
---
failed shop.noise: no space left on the disk of <mesh>/wh. [warehouse/disk-full]
  help: Free space on that disk (\`mesh clean\` removes builds past retention), then run it again.

run failed: 1 failed · <time>`);
        expect(failed.code).toBe(1);
        await expectNoSecret(root, failed);
        expect(await served(root, "shop", COUNT)).toBe("10");
        await write(TABLE(20));
        await expectSuccess(root);
        expect(await served(root, "shop", COUNT)).toBe("20");
      } finally {
        spawnSync("umount", ["-l", folder]);
      }
    }));

  it.for([
    [
      "warehouse",
      "wh",
      `1 model to run in 3 steps
✗ shop.noise            failed     <mesh>/wh cannot be written to.
---
failed shop.noise: <mesh>/wh cannot be written to. [warehouse/not-writable]
  help: Give this user write permission on that folder, or set another warehouse \`path\` in mesh.config.ts.

run failed: 1 failed · <time>`,
    ],
    [
      "state",
      "st",
      `1 model to run in 3 steps
error[state/not-writable] The state file <mesh>/st/state.db cannot be opened for writing: it is read-only.
  help: Give this account write access to the folder, or set another path for the state of this target in mesh.config.ts.
---`,
    ],
  ] as const)(
    "whose %s folder is read-only is told so, serves what was published, and goes on when it is not",
    async ([, name, said], context) =>
      withTempMesh({ ...config("wh", "st/state.db"), ...TABLE(10) }, async ({ root, write }) => {
        await expectSuccess(root);
        await write(TABLE(20));
        // Somebody else has the state open, as they do where it matters: so SQLite's side files are there, and it can be read.
        const other = new Libsql(join(root, "st/state.db"));
        other.exec("select 1 from run");
        const restore = await makeReadOnly(join(root, name));
        if (!restore) {
          other.close();
          return context.skip("this user may not mount a folder read-only");
        }
        try {
          const failed = await runMesh(root, ["run"]);
          expect(allSaid(root, failed)).toBe(said);
          expect(failed.code).toBe(1);
          await expectNoSecret(root, failed);
          expect(await served(root, "shop", COUNT)).toBe("10");
        } finally {
          await restore();
          other.close();
        }
        await expectSuccess(root);
        expect(await served(root, "shop", COUNT)).toBe("20");
      }),
  );

  it("whose state folder is read-only says so too when nobody has the state open", async (context) =>
    withTempMesh({ ...config("wh", "st/state.db"), ...TABLE(10) }, async ({ root }) => {
      await expectSuccess(root);
      for (const side of ["-wal", "-shm"]) await rm(join(root, `st/state.db${side}`), { force: true });
      const restore = await makeReadOnly(join(root, "st"));
      if (!restore) return context.skip("this user may not mount a folder read-only");
      try {
        const failed = await runMesh(root, ["run"]);
        expect(failed.code).toBe(1);
        expect(allSaid(root, failed)).toContain(
          "error[state/not-writable] The state file <mesh>/st/state.db cannot be opened for writing: it is read-only.",
        );
      } finally {
        await restore();
      }
    }));

  it(
    "whose state file another program locks is told so after a while, and goes on when it is free",
    () =>
      withTempMesh(TABLE(10), async ({ root, write }) => {
        await expectSuccess(root);
        await write(TABLE(20));
        const other = new Libsql(join(root, "state.db"));
        try {
          other.exec("begin exclusive");
          const failed = await runMesh(root, ["run"]);
          expect(allSaid(root, failed)).toBe(`1 model to run in 3 steps
error[state/locked] The state file <mesh>/state.db is locked by another process; waited <time>.
  help: Close the program that has it open for writing, then run again. On Linux \`fuser\` with the file's name shows which it is.
---`);
          expect(failed.code).toBe(1);
          await expectNoSecret(root, failed);
          expect(await served(root, "shop", COUNT)).toBe("10");
          other.exec("rollback");
        } finally {
          other.close();
        }
        await expectSuccess(root);
        expect(await served(root, "shop", COUNT)).toBe("20");
      }),
    60_000,
  );

  it("whose warehouse is that of another state is told so and leaves it alone", () =>
    withTempMesh(TABLE(10), async ({ root, write }) => {
      await expectSuccess(root);
      await write({ ...config("wh", "another.db"), ...TABLE(20) });
      const failed = await runMesh(root, ["run"]);
      expect(allSaid(root, failed)).toBe(`1 model to run in 3 steps
error[warehouse/of-another-state] The warehouse <mesh>/wh belongs to the state store <id>, not to this one (<id>).
  help: Set another warehouse \`path\` for this target. If the state was lost and the warehouse should start anew, delete that folder.
---`);
      expect(failed.code).toBe(1);
      await expectNoSecret(root, failed);
      expect(await served(root, "shop", COUNT)).toBe("10");
      await write(config("wh", "state.db"));
      await rm(join(root, "another.db"));
      await expectSuccess(root);
      expect(await served(root, "shop", COUNT)).toBe("20");
    }));
});
