// What runs leave in the warehouse: nothing that no build of worth claims, and everything that one does.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { endRun, newRun, newTask } from "../support/state-runs.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const CONFIG = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  retention: { builds: 1, minAge: "0s" },
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
`;

const filesOf = async (root: string, model: string) =>
  (await readdir(join(root, "wh/builds/sales", model), { recursive: true })).filter((name) =>
    name.endsWith(".parquet"),
  );

describe("what runs leave behind", () => {
  it("is no build that its run could not judge: the next run removes it", () =>
    withTempMesh(
      {
        "projects/sales/models/good.sql": "{{ config(materialized='table', publish='pair') }}\nselect 1 as id\n",
        "projects/sales/models/bad.sql":
          "{{ config(materialized='table', publish='pair') }}\nselect cast('x' || (select count(*) from {{ ref('good') }}) as int) as id\n",
      },
      async ({ root, write, open }) => {
        const failed = await open();
        expect((await failed.run({})).status).toBe("failed");
        expect((await failed.builds({ model: "good" })).map(({ build }) => build.status)).toEqual(["built"]);

        await write({
          "projects/sales/models/bad.sql": "{{ config(materialized='table', publish='pair') }}\nselect 2 as id\n",
        });
        const mended = await open();
        expect((await mended.run({})).status).toBe("success");
        // The one that was never judged is gone, from the list and from the disk.
        expect((await mended.builds({ model: "good" })).map(({ build }) => build.status)).toEqual(["passed"]);
        expect(await filesOf(root, "good")).toHaveLength(1);
      },
    ));

  it("is no file that several builds shared once the last of them is gone, and no run can have pinned it", () =>
    withTempMesh(
      {
        "mesh.config.ts": CONFIG,
        "projects/sales/models/one.sql": "{{ config(materialized='table') }}\nselect 1 as id\n",
      },
      async ({ root, write, open }) => {
        for (let i = 0; i < 3; i++) expect((await (await open()).run({ fullRefresh: true })).status).toBe("success");
        expect(await filesOf(root, "one")).toHaveLength(1);
        expect((await (await open()).show({ model: "one" }, 5)).rows).toEqual([[1]]);

        const planned = newRun({ executor: "workers" });
        let read = 0;
        // Each run keeps what was published as it began, so the file is free only after the second new build.
        for (const id of [2, 3]) {
          if (id === 3) {
            const state = await (await open()).state();
            await state.recordRun(planned);
            read = await state.latestSequence();
          }
          await write({ "projects/sales/models/one.sql": `{{ config(materialized='table') }}\nselect ${id} as id\n` });
          expect((await (await open()).run({})).status).toBe("success");
          expect(await filesOf(root, "one")).toHaveLength(2);
        }
        const mesh = await open();
        expect((await mesh.show({ model: "one" }, 5)).rows).toEqual([[3]]);
        const state = await mesh.state();
        expect((await mesh.clean()).removedBuilds, "it waits, and may be being planned").toBe(0);
        await state.beginRun(planned.id, "{}", [newTask("task")], read);
        expect((await mesh.clean()).removedBuilds, "it goes on").toBe(0);
        await endRun(state, planned.id, "failed");
        const rest = newRun({ executor: "workers", resumes: planned.id });
        await state.recordRun(rest);
        expect((await mesh.clean()).removedBuilds, "another is to do the rest").toBe(0);
        await state.beginRun(rest.id, "{}", [newTask("task")]);
        expect((await mesh.clean()).removedBuilds, "an older version does the rest").toBe(0);
        await endRun(state, rest.id, "failed");
        expect((await mesh.clean()).removedBuilds).toBe(1);
        expect(await filesOf(root, "one")).toHaveLength(1);
        expect(await mesh.clean()).toMatchObject({ removedBuilds: 0, crashedRuns: 0, freedBytes: 0 });
      },
    ));
});
