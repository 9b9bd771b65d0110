// Which deployment going back leads to, on a state store alone: never one that the id does not tell from another.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { retireProject, rollBackDeployment } from "../../core/deploy/index.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";

const BY = { actor: "ana", via: "cli" } as const;

async function withDeployed(
  ids: readonly string[],
  use: (state: StateStore, back: (to?: string) => Promise<string | undefined>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-back-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  try {
    await state.migrate();
    for (const one of ids.map((id) => newDeployment("shop", {}, { id }))) {
      const after = (await state.currentDeployments()).sequence;
      await state.recordDeployments([one.deployment], { by: BY, after }, contentOf([one]));
    }
    await use(
      state,
      async (to) =>
        (await rollBackDeployment(state, "shop", { by: BY, why: "w", ...(to !== undefined && { to }) })).event
          .deployment,
    );
  } finally {
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}

it("the start of an id that several have is none of them; without one it is what was in force before", () =>
  withDeployed(["aa1", "aa2", "bb3"], async (_, back) => {
    await expect(back("aa")).rejects.toMatchObject({ code: "deploy/not-found" });
    await expect(back("bb3")).rejects.toMatchObject({ code: "deploy/already-in-force" });
    expect(await back()).toBe("aa2");
    expect(await back("AA1")).toBe("aa1");
  }));

it("going back again leads forward again, from wherever it was, and after retiring to what was in force last", () =>
  withDeployed(["aa1", "bb2", "cc3"], async (state, back) => {
    expect([await back(), await back(), await back()]).toEqual(["bb2", "cc3", "bb2"]);
    expect([await back("aa1"), await back(), await back()]).toEqual(["aa1", "bb2", "aa1"]);
    await retireProject(state, "shop", { by: BY, why: "w" });
    expect(await back()).toBe("aa1");
    await expect(back()).rejects.toMatchObject({ code: "deploy/not-found" });
  }));

it("the first deployment has none before it", () =>
  withDeployed(["aa1"], async (_, back) => {
    await expect(back()).rejects.toMatchObject({
      code: "deploy/not-found",
      message: expect.stringContaining("before the one in force"),
    });
  }));
