// What one run is shown as, and which run the start of an id means.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { expect, test } from "vitest";
import { findRun } from "../../core/cli/find-run.ts";
import { formatRunDetail } from "../../core/cli/output/run-detail.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { claimedTask, newRun, startedRun } from "../support/state-runs.ts";

async function withState(body: (state: StateStore) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-runs-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  try {
    await state.migrate();
    await body(state);
  } finally {
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}

test("a run's failures are shown in full below the table that has no room for them, and nothing in it reaches the terminal as a command", () =>
  withState(async (state) => {
    const id = await startedRun(state, undefined, { reason: "late\nfiles \u001b[31m" });
    const message = `The column has ${"many ".repeat(40)}values:\n  the last \u001b[2J`;
    const error = { level: "error", code: "a/b", message, help: "Look at the last." } as const;
    await state.endTask(await claimedTask(state, id), { status: "failed", error });
    const run = await state.getRun(id);
    if (!run) throw new Error("no run");
    const [tasks, attempts] = [await state.listTasks(id), await state.listAttempts(id)];
    const shown = formatRunDetail({ run, tasks, attempts }, pc.createColors(false));
    expect(shown).toMatch(/^reason +late\\nfiles \\u001b\[31m/m);
    expect(shown.slice(shown.indexOf("failed task: "))).toBe(
      [
        `failed task: The column has ${"many ".repeat(40)}values:`,
        String.raw`    the last \u001b[2J [a/b]`,
        "  help: Look at the last.",
      ].join("\n"),
    );
  }));

test("the start of an id that several runs have is told as such, with some of them", () =>
  withState(async (state) => {
    const ids = ["01aaaaaaaaaaaaaaaaaaaaaaa1", "01aaaaaaaaaaaaaaaaaaaaaaa2", "01abbbbbbbbbbbbbbbbbbbbbbb"];
    for (const id of ids) await state.recordRun(newRun({ id }));
    await expect(findRun("01aa", state)).rejects.toMatchObject({
      code: "run/not-found",
      message: `2 runs begin with 01aa: ${ids[1]}, ${ids[0]}.`,
    });
    await expect(findRun("02", state)).rejects.toMatchObject({ message: "There is no run 02." });
    expect(await findRun("01AB", state)).toMatchObject({ id: ids[2] });
    expect(await findRun(ids[0]?.toUpperCase() ?? "", state)).toMatchObject({ id: ids[0] });
  }));
