// Which build of an input a run reads.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBuildBook } from "../../core/execute/build-book.ts";
import { openState } from "../../core/state/index.ts";
import { passedBuild } from "../support/state-builds.ts";

describe("the builds a run reads", () => {
  it("are those published as it began, also when its plan is older", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-book-"));
    const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
    try {
      await state.migrate();
      const ids = [await passedBuild(state, "a.input"), await passedBuild(state, "a.input")];
      const [planned, shown] = ids;
      const records = await state.getBuilds(ids);
      const one = (id = "") => new Map([["a.input", records.get(id) as NonNullable<ReturnType<typeof records.get>>]]);
      const book = createBuildBook(state, one(shown), one(planned));
      expect(book.current("a.input")?.id).toBe(shown);
      expect((await book.inputs("a.reader", ["a.input"])).inputs.get("a.input")?.id).toBe(shown);
    } finally {
      await state.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
