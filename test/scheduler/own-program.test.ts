// Whether a process notices that mesh was replaced in its place: by what is in its programs, not by when they were written.
import { mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import programs from "../../rolldown.config.ts";
import { openOwnProgram, PROGRAMS } from "../../scheduler/program/own-program.ts";

let folder: string;
const write = (content: string) => Promise.all(PROGRAMS.map((name) => writeFile(join(folder, name), content)));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-program-"));
  await write("import('./a-1.js')");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("files that are other, or gone, are noticed, until they are as they were", async () => {
  const program = openOwnProgram(folder);
  expect(program.replaced()).toBe(false);
  await writeFile(join(folder, "task-child.js"), "import('./a-2.js')");
  expect(program.replaced()).toBe(true);
  await rename(folder, `${folder}-away`);
  expect(program.replaced()).toBe(true);
  await rename(`${folder}-away`, folder);
  expect(program.replaced()).toBe(true);
  await write("import('./a-1.js')");
  expect(program.replaced()).toBe(false);
});

test("files that are written again with what they had are the same", async () => {
  const program = openOwnProgram(folder);
  await rm(join(folder, "start.js"));
  await write("import('./a-1.js')");
  for (const name of PROGRAMS) await utimes(join(folder, name), 1, 1);
  expect(program.replaced()).toBe(false);
});

test("a process that was started from the source is never taken to be replaced", () => {
  expect(openOwnProgram().replaced()).toBe(false);
});

test("every program that is built is looked at", () => {
  const [{ input } = {}] = Array.isArray(programs) ? programs : [programs];
  expect(
    Object.keys(input ?? {})
      .map((name) => `${name}.js`)
      .sort(),
  ).toEqual([...PROGRAMS].sort());
});
