// Lines of a log whose disk is full, or whose reader is gone: kept, written later in their order, and counted where they are too many.
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as next } from "node:timers/promises";
import { expect, test } from "vitest";
import { openLogOutput } from "../../scheduler/process/log-output.ts";

const FULL = "/dev/full";

test("a line goes out at once, and a full disk costs nothing but lines", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mesh-log-"));
  try {
    const file = join(folder, "log");
    const output = openLogOutput(() => undefined, openSync(file, "a"));
    output.write("one\n");
    expect(await readFile(file, "utf8")).toBe("one\n");
    const full = openLogOutput(() => undefined, openSync(FULL, "a"), 100);
    for (let i = 0; i < 1_000; i++) full.write(`line ${i}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const mounts = process.getuid?.() === 0 && process.platform === "linux";
if (!mounts) console.log("a small disk needs root to be mounted: skipped");
test.skipIf(!mounts)(
  "what did not go out is written in its order when there is room, the number of what was lost is told",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-log-"));
    const mount = (...args: string[]) => expect(spawnSync("mount", [...args, folder]).status).toBe(0);
    mount("-t", "tmpfs", "-o", "size=16k", "tmpfs");
    try {
      const file = join(folder, "log");
      const lost: number[] = [];
      const output = openLogOutput((lines) => lost.push(lines), openSync(file, "a"), 4_000);
      const line = (i: number) => `${String(i).padStart(99, "0")}\n`;
      for (let i = 0; i < 300; i++) output.write(line(i));
      await next();
      expect(lost).toEqual([]);
      mount("-o", "remount,size=1m");
      output.write(line(300));
      await next();
      await next();
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n").map(Number);
      // What the disk took, four thousand bytes more, and the line that came after.
      expect(lines).toEqual([...Array.from({ length: lines.length - 1 }, (_, i) => i), 300]);
      expect(lines.length).toBeGreaterThan(160);
      expect(lost).toEqual([301 - lines.length]);
      output.write(line(301));
      expect((await readFile(file, "utf8")).endsWith(line(301))).toBe(true);
    } finally {
      spawnSync("umount", ["-l", folder]);
      await rm(folder, { recursive: true, force: true });
    }
  },
);
