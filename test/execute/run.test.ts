// What a run does as a whole: groups, fail-fast, cancelling, incremental models, pinned views, tables that stay as they are.
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Mesh, RunResult } from "../../core/index.ts";
import { identityOf } from "../../core/util/index.ts";
import { claimedTask, newTask, startedRun } from "../support/state-runs.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const Libsql = createRequire(import.meta.url)("libsql") as new (
  path: string,
) => { exec(sql: string): void; close(): void };

const statuses = (result: RunResult) => Object.fromEntries(result.steps.map((step) => [step.step.id, step.status]));
const rows = async (mesh: Mesh, model: string) => (await mesh.show({ model }, 100)).rows;
const table = (sql: string, config = "") => `{{ config(materialized='table'${config}) }}\n${sql}\n`;

/** Gives a row, then waits until the run is cancelled; tells when it began and ended. */
const SLOW = `import { defineModel } from "mesh-elt";
export default defineModel({
  columns: { id: "integer" },
  async *rows({ signal }) {
    globalThis.slowModel?.("began");
    try {
      yield { id: 1 };
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      yield { id: 2 };
    } finally {
      globalThis.slowModel?.("ended");
    }
  },
});
`;

function watchSlowModel() {
  const said: string[] = [];
  let begin: () => void = () => undefined;
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  (globalThis as Record<string, unknown>).slowModel = (word: string) => {
    said.push(word);
    if (word === "began") begin();
  };
  return { said, began };
}

describe("a run", () => {
  it("publishes a group whole or not at all", () =>
    withTempMesh(
      {
        "projects/sales/seeds/orders.csv": "id,amount\n1,10\n",
        "projects/sales/models/a.sql": table(
          "select sum(amount) as total from {{ ref('orders') }}",
          ", publish='pair'",
        ),
        "projects/sales/models/b.sql": table("select count(*) as n from {{ ref('orders') }}", ", publish='pair'"),
        "projects/sales/models/s.yml":
          "models:\n  - name: b\n    columns: [{ name: n, data_tests: [{ expression_is_true: { expression: '< 2' } }] }]\n",
      },
      async ({ write, open }) => {
        await (await open()).run({});
        await write({ "projects/sales/seeds/orders.csv": "id,amount\n1,10\n2,20\n" });
        const mesh = await open();
        const result = await mesh.run({});
        expect(statuses(result)).toMatchObject({
          "build:sales.a": "success",
          "test:sales.b": "failed",
          "publish:sales/pair": "held",
        });
        expect([await rows(mesh, "a"), await rows(mesh, "b")]).toEqual([[["10"]], [["1"]]]);
      },
    ));

  it("leaves a model alone when the rows it was made from turn out the same", () =>
    withTempMesh(
      {
        "projects/sales/models/a.sql": table("select 1 as id"),
        "projects/sales/models/b.sql": table("select id from {{ ref('a') }}"),
      },
      async ({ write, open }) => {
        await (await open()).run({});
        await write({ "projects/sales/models/a.sql": table("select 2 - 1 as id") });
        const result = await (await open()).run({});
        expect(result.status).toBe("success");
        expect(statuses(result)).toMatchObject({
          "build:sales.a": "success",
          "build:sales.b": "unchanged",
          "publish:sales.b": "unchanged",
        });
      },
    ));

  it("stops at the first failure with fail-fast, and counts as failed", () =>
    withTempMesh(
      {
        "projects/sales/models/bad.sql": table("select cast('x' || random() as int) as id"),
        "projects/sales/models/slow.ts": SLOW,
        "projects/sales/models/zebra.sql": table("select 1 as id"),
      },
      async ({ open }) => {
        const { said } = watchSlowModel();
        const mesh = await open();
        const result = await mesh.run({ failFast: true, threads: 1, select: ["bad", "zebra"] });
        expect(result.status).toBe("failed");
        expect(statuses(result)).toMatchObject({
          "build:sales.bad": "failed",
          "build:sales.zebra": "skipped",
          "publish:sales.zebra": "skipped",
        });
        expect((await mesh.runs(1))[0]?.status).toBe("failed");
        expect(said).toEqual([]);
      },
    ));

  it("ends what it runs when cancelled, and the next run works and tidies up", () =>
    withTempMesh(
      {
        "projects/sales/models/slow.ts": SLOW,
        "projects/sales/models/after.sql": table("select id from {{ ref('slow') }}"),
      },
      async ({ write, open }) => {
        const { said, began } = watchSlowModel();
        const mesh = await open();
        const abort = new AbortController();
        const running = mesh.run({ signal: abort.signal });
        await began;
        abort.abort();
        const result = await running;
        expect(result.status).toBe("cancelled");
        expect(new Set(Object.values(statuses(result)))).toEqual(new Set(["cancelled"]));
        expect(said).toEqual(["began", "ended"]);
        expect((await mesh.runs(1))[0]?.status).toBe("cancelled");
        await write({ "projects/sales/models/slow.ts": SLOW.replace(/await new Promise.*\n/, "") });
        const next = await open();
        expect((await next.run({})).status).toBe("success");
        expect(await rows(next, "after")).toEqual([[1], [2]]);
        const left = (await next.builds({})).filter(
          ({ build }) => build.status !== "passed" && build.status !== "removed",
        );
        expect(left).toEqual([]);
      },
    ));

  it("leaves nothing going on when it breaks off", () =>
    withTempMesh(
      { "projects/sales/models/a.sql": table("select 1 as id"), "projects/sales/models/slow.ts": SLOW },
      async ({ open }) => {
        const { said, began } = watchSlowModel();
        const mesh = await open();
        const gone = new Error("nobody listens");
        let listening = true;
        const run = mesh.run({
          threads: 2,
          onEvent(event) {
            if (event.type !== "step-finished" || !listening) return;
            listening = false;
            throw gone;
          },
        });
        await Promise.all([expect(run).rejects.toBe(gone), began]);
        expect(said).toEqual(["began", "ended"]);
        expect((await mesh.runs(1))[0]?.status).toBe("crashed");
      },
    ));

  it("goes on by itself once a run that holds its table is taken for dead", () =>
    withTempMesh({ "projects/sales/models/a.sql": table("select 1 as id") }, async ({ root, open }) => {
      const mesh = await open();
      const state = await mesh.state();
      // Of a process that cannot be seen from here, heard of a moment ago.
      const other = { ...identityOf(), process: "0123456789ab.5k" };
      const holder = await startedRun(state, [newTask("build:sales.a", { models: ["sales.a"] })], other);
      await claimedTask(state, holder, "build:sales.a");
      let silence = () => {};
      const running = mesh.run({ onEvent: ({ type }) => type === "run-started" && silence() });
      silence = () => {
        const database = new Libsql(join(root, "state.db"));
        database.exec(
          `pragma busy_timeout = 5000; update run set heartbeat_at = '2020-01-01T00:00:00.000Z' where id = '${holder}'`,
        );
        database.close();
      };
      const { runId, status } = await running;
      expect(status).toBe("success");
      expect(await state.getRun(runId)).toMatchObject(identityOf());
      expect((await state.getRun(holder))?.status).toBe("crashed");
    }));

  it.each([
    {
      strategy: "append",
      expected: [
        [1, "old"],
        [1, "new"],
        [2, "new"],
      ],
    },
    {
      strategy: "delete+insert",
      expected: [
        [1, "new"],
        [2, "new"],
      ],
    },
    {
      strategy: "merge",
      expected: [
        [1, "new"],
        [2, "new"],
      ],
    },
  ])("adds to an incremental model by $strategy, and makes it anew on a full refresh", ({ strategy, expected }) => {
    const key = strategy === "append" ? "" : ", unique_key='id'";
    return withTempMesh(
      {
        "projects/sales/seeds/orders.csv": "id,word\n1,old\n",
        "projects/sales/models/words.sql": `{{ config(materialized='incremental', incremental_strategy='${strategy}'${key}) }}\nselect cast(id as integer) as id, word from {{ ref('orders') }}\n{% if is_incremental() %} where word = 'new' {% endif %}\n`,
      },
      async ({ write, open }) => {
        await (await open()).run({});
        await write({ "projects/sales/seeds/orders.csv": "id,word\n1,new\n2,new\n" });
        const mesh = await open();
        expect((await mesh.run({})).status).toBe("success");
        expect((await rows(mesh, "words")).toSorted()).toEqual(expected.toSorted());
        await write({ "projects/sales/seeds/orders.csv": "id,word\n9,only\n" });
        const refreshed = await open();
        expect((await refreshed.run({ fullRefresh: true })).status).toBe("success");
        expect(await rows(refreshed, "words")).toEqual([[9, "only"]]);
      },
    );
  });

  it("shows a view as it was made while its inputs move on, and keeps the builds it reads", () =>
    withTempMesh(
      {
        "mesh.config.ts": `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp", defaultTarget: "dev", retention: { builds: 1, minAge: "0s" },
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
`,
        "projects/sales/models/a.sql": table("select 0 as id"),
        "projects/sales/models/v.sql": "{{ config(materialized='view') }}\nselect id from {{ ref('a') }}\n",
      },
      async ({ write, open }) => {
        await (await open()).run({});
        for (const id of [1, 2, 3]) {
          await write({ "projects/sales/models/a.sql": table(`select ${id} as id`) });
          expect((await (await open()).run({ select: ["a"] })).status).toBe("success");
        }
        const mesh = await open();
        await mesh.clean();
        expect([await rows(mesh, "a"), await rows(mesh, "v")]).toEqual([[[3]], [[0]]]);
        await mesh.run({});
        expect(await rows(mesh, "v")).toEqual([[3]]);
      },
    ));

  it("builds nothing of a project that does not compile, and goes on with what is published of it", () =>
    withTempMesh(
      {
        "projects/a/models/x.sql": "{{ config(materialized='table', access='public') }}\nselect 1 as id\n",
        "projects/a/models/a.yml": "models:\n  - name: x\n    description: X.\n",
        "projects/b/models/y.sql": table("select id from {{ ref('a', 'x') }}"),
      },
      async ({ write, open }) => {
        expect((await (await open()).run({})).status).toBe("success");
        await write({
          "projects/a/models/x.sql": "{{ config(materialized='table', access='public') }}\nselect 2 as id\n",
          "projects/a/models/broken.sql": "select * from {{ ref('nothing') }}\n",
          "projects/b/models/y.sql": table("select id + 10 as id from {{ ref('a', 'x') }}"),
        });
        const mesh = await open();
        const { blocked } = await mesh.plan({});
        expect(blocked.map(({ model, reason }) => [model, reason])).toEqual([
          ["a.x", "its project does not compile; `mesh compile` shows why"],
        ]);
        expect(statuses(await mesh.run({}))).toEqual({
          "build:b.y": "success",
          "publish:b.y": "success",
          "prune:builds": "success",
        });
        expect([await rows(mesh, "x"), await rows(mesh, "y")]).toEqual([[[1]], [[11]]]);
      },
    ));
});
