// The SQLite state store: the suite of every store, and what only a file can suffer.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openState } from "../../core/state/index.ts";
import type { StateUnderTest } from "../conformance/state.ts";
import { testStateStore } from "../conformance/state-store.ts";
import { newRun } from "../support/state-runs.ts";

const Libsql = createRequire(import.meta.url)("libsql") as new (
  path: string,
) => { exec(sql: string): void; close(): void };

async function makeFile(): Promise<StateUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-state-"));
  const path = join(folder, "deep", "er", "state.db");
  return {
    location: { kind: "sqlite", path },
    async sql(statement) {
      const database = new Libsql(path);
      database.exec(statement.replace(/\{(\w+)\}/g, '"$1"'));
      database.close();
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

testStateStore("sqlite", () => makeFile, ["drop trigger audit_no_update", "drop trigger audit_no_delete"]);

describe("a state file in trouble", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mesh-state-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const failureOf = async (path: string, busyTimeoutMs = 200) => {
    try {
      const state = await openState({ kind: "sqlite", path }, { busyTimeoutMs });
      try {
        await state.migrate();
      } finally {
        await state.close();
      }
    } catch (error) {
      return error;
    }
  };

  test("a file locked by another program is waited for, then named", async () => {
    const path = join(folder, "locked.db");
    expect(await failureOf(path)).toBeUndefined();
    const locker = spawn(process.execPath, [
      "-e",
      `const d = new (require("libsql"))(${JSON.stringify(path)}); d.exec("begin exclusive"); process.stdout.write("locked"); setInterval(() => {}, 1e6)`,
    ]);
    await once(locker.stdout, "data");
    const state = await openState({ kind: "sqlite", path }, { busyTimeoutMs: 300 });
    const run = newRun({ id: "r" });
    const started = performance.now();
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    await expect(state.recordRun(run)).rejects.toMatchObject({
      code: "state/locked",
      retryable: true,
      message: expect.stringContaining(path),
    });
    clearInterval(ticking);
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(turns, "the process keeps working while it waits").toBeGreaterThan(5);
    const waiting = state.recordRun(run);
    locker.kill("SIGKILL");
    await waiting;
    expect(await state.listRuns()).toMatchObject([{ id: "r" }]);
    await state.close();
  });

  test.each([
    ["text", "This is no database. ".repeat(500)],
    ["a damaged header", `SQLite format 3\0${"\0".repeat(4096)}`],
  ])("%s in its place is refused and left alone", async (_, content) => {
    const path = join(folder, "corrupt.db");
    await writeFile(path, content);
    expect(await failureOf(path)).toMatchObject({ code: "state/corrupt", message: expect.stringContaining(path) });
  });

  test("a folder in its place is refused", async () => {
    const path = join(folder, "folder.db");
    await mkdir(path);
    expect(await failureOf(path)).toMatchObject({ code: "state/not-writable" });
  });

  test("a path below a file is refused", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await failureOf(join(folder, "file", "state.db"))).toMatchObject({
      code: "state/not-writable",
      message: expect.stringContaining("is a file, not a folder"),
    });
  });

  test.runIf(process.platform === "linux")("a folder where nothing can be created is refused", async () => {
    expect(await failureOf("/proc/state.db")).toMatchObject({ code: "state/not-writable" });
  });

  test.skipIf(process.getuid?.() === 0)("a read-only folder is refused (root may write anywhere)", async () => {
    const closed = join(folder, "closed");
    await mkdir(closed, { mode: 0o555 });
    expect(await failureOf(join(closed, "state.db"))).toMatchObject({ code: "state/not-writable" });
    await chmod(closed, 0o755);
  });
});
