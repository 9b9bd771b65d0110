// Copies of deployed files on a machine with several workers: one that starts removes what is gone, never what another's task is using.
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { loadDeployed, materialiseFiles, rootOf } from "../../core/deploy/index.ts";
import { effectModel, withScheduledMesh } from "../support/mesh-of-processes.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";

// Processes start slowly on a machine that is busy.
vi.setConfig({ testTimeout: 240_000 });

test("a task reads its files to its end, though its deployment is 30 deployments old and others' copies go meanwhile", async () => {
  await withScheduledMesh(
    (root) => ({
      "projects/shop/models/late.txt": "late\n",
      "projects/shop/models/reads.ts": effectModel(
        "reads",
        root,
        `const { existsSync, readFileSync } = await import("node:fs");
    while (!existsSync(${JSON.stringify(`${root}/go`)})) await new Promise((resolve) => setTimeout(resolve, 20));
    appendFileSync(${JSON.stringify(`${root}/effects.txt`)}, readFileSync(new URL("./late.txt", import.meta.url), "utf8"));`,
      ),
    }),
    async (mesh) => {
      await mesh.deploy();
      const [used] = (await loadDeployed(mesh.state)).deployments.values();
      if (!used) throw new Error("nothing is deployed");
      await mesh.start(["scheduler"]);
      await mesh.start(["worker", "--concurrency", "1"]);
      const run = await mesh.ask();
      while (!(await mesh.effects()).includes("reads")) await wait(20);

      const made = Array.from({ length: 30 }, (_, i) => newDeployment("shop", { "seeds/a.csv": `${i}` }));
      for (const one of made) {
        const after = (await mesh.state.currentDeployments()).sequence;
        const change = { by: { actor: "ana", via: "cli" }, after } as const;
        await mesh.state.recordDeployments([one.deployment], change, contentOf([one]));
      }
      const [old] = made.map(({ deployment }) => deployment);
      if (!old) throw new Error("nothing was made");
      await materialiseFiles(mesh.root, [old], mesh.state);
      expect(await mesh.state.removeDeployments({ newest: 20, inUse: [used.id] })).toHaveLength(10);
      const second = await mesh.start(["worker", "--concurrency", "1"]);
      const told = await second.untilLine(({ msg }) => msg === "unpacked copies of old deployments removed");
      expect(told.folders).toBe(1);
      expect([existsSync(rootOf(mesh.root, old)), existsSync(rootOf(mesh.root, used))]).toEqual([false, true]);

      await mesh.write({ go: "" });
      expect((await mesh.untilEnded(run)).status).toBe("success");
      expect(await mesh.effects()).toEqual(["reads", "late"]);
    },
    "10m",
  );
});
