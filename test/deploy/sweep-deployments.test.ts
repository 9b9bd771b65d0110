// Old deployments: the newest and those of runs under way are kept, the others go with their files, here and in the state store.
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { deploymentHistory, loadDeploymentSet, materialiseFiles, rootOf } from "../../core/deploy/index.ts";
import { createId } from "../../core/util/index.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";
import { newTask } from "../support/state-runs.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const BY = { actor: "ana", via: "cli" } as const;

it("clean keeps the 20 newest of a project and what a run goes by, until it and what resumes it have ended", () =>
  withTempMesh({ "projects/shop/models/a.sql": "select 1 as a\n" }, async ({ open, root }) => {
    const mesh = await open();
    const state = await mesh.state();
    const made = Array.from({ length: 24 }, (_, i) => newDeployment("shop", { "seeds/a.csv": `content ${i}` }));
    for (const one of made) {
      const after = (await state.currentDeployments()).sequence;
      await state.recordDeployments([one.deployment], { by: BY, after }, contentOf([one]));
    }
    const ids = made.map(({ deployment }) => deployment.id);
    const [first, second] = made.map(({ deployment }) => deployment);
    if (!first || !second) throw new Error("nothing was made");
    await materialiseFiles(root, [first, second], state);
    const run = createId();
    await state.recordRun({
      id: run,
      command: "schedule",
      selection: "",
      executor: "workers",
      trigger: "schedule",
      priority: 50,
      host: "elsewhere",
      pid: 1,
    });
    const work = JSON.stringify({ deployments: { shop: first.id } });
    await state.beginRun(run, work, [newTask("build:shop.a")]);

    const kept = async () => new Set((await state.listDeployments({ project: "shop" })).map(({ id }) => id));
    expect(await mesh.clean()).toMatchObject({ removedDeployments: 3 });
    expect(await kept()).toEqual(new Set([first.id, ...ids.slice(4)]));
    expect([existsSync(rootOf(root, first)), existsSync(rootOf(root, second))]).toEqual([true, false]);
    expect((await loadDeploymentSet(state, [first.id])).deployments.get("shop")?.id).toBe(first.id);

    await state.stopRun(run, { by: "ana", reason: "enough", status: "cancelled" });
    const resumed = { command: "resume", selection: "", executor: "workers", trigger: "resume", priority: 10 } as const;
    const again = createId();
    await state.recordRun({ id: again, ...resumed, resumes: run, host: "elsewhere", pid: 1 });
    expect(await mesh.clean()).toMatchObject({ removedDeployments: 0 });
    await state.stopRun(again, { by: "ana", reason: "enough", status: "cancelled" });
    expect(await mesh.clean()).toMatchObject({ removedDeployments: 1 });
    expect(await kept()).toEqual(new Set(ids.slice(4)));
    expect(existsSync(rootOf(root, first))).toBe(false);
    // The history tells of all, and which of them can be gone back to still.
    const history = await deploymentHistory(state, "shop", 22);
    expect(history.map(({ kept }) => kept)).toEqual([...Array(20).fill(true), false, false]);
    expect(await deploymentHistory(state, "shop", 99)).toHaveLength(24);
  }));
