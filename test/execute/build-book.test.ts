// Which build of an input a task reads.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBuildBook } from "../../core/execute/build-book.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { passedBuild } from "../support/state-builds.ts";

async function withState(use: (state: StateStore) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-book-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  try {
    await state.migrate();
    await use(state);
  } finally {
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}
const publish = (state: StateStore, model: string, buildId: string, expected: string | null) =>
  state.publish([{ model, project: "a", buildId, expected }], { action: "publish" });

describe("the builds a task reads", () => {
  it("are those its run pinned, also when newer ones are published since, unless the run made its own", async () => {
    await withState(async (state) => {
      const [pinned, later] = [await passedBuild(state, "a.input"), await passedBuild(state, "a.input", "other")];
      await publish(state, "a.input", later, null);
      const request = {
        runId: "run",
        makes: ["a.reader"],
        reads: ["a.input"],
        pins: { "a.input": pinned },
        known: new Map(),
      };
      const book = await openBuildBook(request, state);
      expect(book.current("a.input")?.id).toBe(pinned);
      expect((await book.inputs("a.reader", ["a.input"])).inputs.get("a.input")?.id).toBe(pinned);
      const own = await passedBuild(state, "a.input", "run");
      expect((await openBuildBook(request, state)).current("a.input")?.id).toBe(own);
    });
  });

  it("of a model the task makes, what is published as it begins is replaced, and is known to have overtaken the run", async () => {
    await withState(async (state) => {
      const [pinned, later] = [await passedBuild(state, "a.made"), await passedBuild(state, "a.made", "other")];
      await publish(state, "a.made", pinned, null);
      const request = { runId: "run", makes: ["a.made"], reads: [], pins: { "a.made": pinned }, known: new Map() };
      const before = await openBuildBook(request, state);
      expect([before.published("a.made")?.id, before.overtaking("a.made")]).toEqual([pinned, undefined]);
      await publish(state, "a.made", later, pinned);
      const after = await openBuildBook(request, state);
      expect([after.published("a.made")?.id, after.overtaking("a.made")?.buildId]).toEqual([later, later]);
    });
  });
});
