// Several `mesh run` processes at once over one mesh, with BI readers looking on all the while.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createMesh } from "../../core/index.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { type Seen, startReader } from "../support/readers.ts";
import { startMesh, withTempMesh } from "../support/temp-mesh.ts";

beforeAll(ensureBuilt);

/** Runs `use` while a reader queries the serving file of a project again and again, from before until after it. */
async function whileReading(root: string, project: string, query: string, use: () => Promise<void>): Promise<Seen> {
  const reader = startReader(join(root, `wh/serving/${project}.duckdb`), query);
  try {
    await reader.readAgain();
    await use();
    await reader.readAgain();
    return reader.seen;
  } finally {
    await reader.stop();
  }
}

// A model that is built only once as many processes as GATE says build it: they overlap for certain.
const GATED = `import { readdirSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { defineModel } from "mesh-elt";

export default defineModel({
  columns: { pid: "bigint", i: "integer" },
  async *rows({ signal }) {
    writeFileSync(\`gate/\${process.pid}\`, "");
    while (readdirSync("gate").length < Number(process.env.GATE)) await wait(10, undefined, { signal });
    for (let i = 0; i < 1000; i++) yield { pid: process.pid, i };
  },
});
`;
const total = (model: string) => `{{ config(materialized='table') }}
select any_value(pid) as pid, count(*) as n from {{ ref('${model}') }}
`;

async function emptyGate(root: string): Promise<void> {
  await rm(join(root, "gate"), { recursive: true, force: true });
  await mkdir(join(root, "gate"));
}

const start = (root: string, gate: number, ...args: string[]) =>
  startMesh(root, ["run", "--full-refresh", ...args], { GATE: String(gate) });

describe("two runs at once", () => {
  it(
    "on different projects of a mesh both succeed, and readers of both see no error and no mixture",
    () =>
      withTempMesh(
        {
          "projects/left/models/rows_left.ts": GATED,
          "projects/left/models/total_left.sql": total("rows_left"),
          "projects/right/models/rows_right.ts": GATED,
          "projects/right/models/total_right.sql": total("rows_right"),
        },
        async ({ root }) => {
          await emptyGate(root);
          const first = await start(root, 1, "--quiet").done;
          expect(first.code, first.stdout + first.stderr).toBe(0);
          const published: string[][] = [[], []];
          // What a reader sees belongs to one run: rows and their total are published one after the other.
          const query = (side: string) =>
            `select n || ' of ' || (select count(*) from rows_${side}) from total_${side}`;
          let right: Seen | undefined;
          const left = await whileReading(root, "left", query("left"), async () => {
            right = await whileReading(root, "right", query("right"), async () => {
              for (let round = 0; round < 2; round++) {
                await emptyGate(root);
                const runs = ["left", "right"].map((side) => start(root, 2, "--select", `project:${side}`));
                for (const [side, run] of runs.entries()) {
                  const { code, stdout, stderr } = await run.done;
                  expect(code, `${stdout}\n${stderr}`).toBe(0);
                  published[side]?.push(String(run.pid));
                }
                expect((await readdir(join(root, "gate"))).length, "both were at work at once").toBe(2);
              }
            });
          });
          for (const seen of [left, right]) {
            expect(seen?.errors).toEqual([]);
            expect(seen?.values).toEqual(["1000 of 1000"]);
          }
          const mesh = await createMesh({ cwd: root });
          try {
            for (const [side, name] of ["left", "right"].entries())
              expect((await mesh.show({ model: `total_${name}` }, 1)).rows[0]?.[0]).toBe(published[side]?.at(-1));
            expect((await mesh.runs(10)).map((run) => run.status)).toEqual(Array.from({ length: 5 }, () => "success"));
          } finally {
            await mesh.close();
          }
        },
      ),
    120_000,
  );

  it(
    "on the same model: one waits for the other, older rows never replace newer ones, and nothing is mixed",
    () =>
      withTempMesh(
        { "projects/shop/models/raced.ts": GATED, "projects/shop/models/total.sql": total("raced") },
        async ({ root }) => {
          await emptyGate(root);
          expect((await start(root, 1, "--quiet").done).code).toBe(0);
          const seen = await whileReading(
            root,
            "shop",
            "select count(distinct pid) || ' ' || count(*) from raced",
            async () => {
              await emptyGate(root);
              const runs = [start(root, 1), start(root, 1), start(root, 1)];
              for (const { code, stdout, stderr } of await Promise.all(runs.map((run) => run.done)))
                expect(code, `${stdout}\n${stderr}`).toBe(0);
            },
          );
          expect(seen.errors).toEqual([]);
          expect(seen.values).toEqual(["1 1000"]);
          const mesh = await createMesh({ cwd: root, env: { GATE: "1" } });
          try {
            const pids = async (model: string) =>
              (await mesh.show({ inline: `select distinct pid from {{ ref('${model}') }}` }, 5)).rows;
            expect(await pids("total")).toEqual(await pids("raced"));
            expect((await mesh.clean()).crashedRuns).toBe(0);
          } finally {
            await mesh.close();
          }
        },
      ),
    120_000,
  );
});
