// Which deployment going back leads to, on a state store alone: never one that the id does not tell from another.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { rollBackDeployment } from "../../core/deploy/index.ts";
import { openState } from "../../core/state/index.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";

const BY = { actor: "ana", via: "cli" } as const;

it("the start of an id that several have is none of them; without one it is what was in force before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mesh-back-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  try {
    await state.migrate();
    const made = ["aa1", "aa2", "bb3"].map((id) => newDeployment("shop", {}, { id }));
    for (const one of made) {
      const after = (await state.currentDeployments()).sequence;
      await state.recordDeployments([one.deployment], { by: BY, after }, contentOf([one]));
    }
    const back = async (to?: string) =>
      (await rollBackDeployment(state, "shop", { by: BY, why: "w", ...(to !== undefined && { to }) })).event.deployment;
    await expect(back("aa")).rejects.toMatchObject({ code: "deploy/not-found" });
    await expect(back("bb3")).rejects.toMatchObject({ code: "deploy/already-in-force" });
    expect(await back()).toBe("aa2");
    expect(await back("AA1")).toBe("aa1");
  } finally {
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
});
