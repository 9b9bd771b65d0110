// Owns what several scheduler processes make of the same ticks at once, some of them killed on the way: one run for each logical date.
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { StateLocation } from "../../core/state/index.ts";
import { cronSchedule, type ScheduledSketch, withScheduledMesh } from "../support/scheduled-mesh.ts";
import { startTestPostgres, type TestServer } from "../support/stores.ts";
import { startTypeScript, type TypeScriptChild } from "../support/typescript-child.ts";

vi.setConfig({ testTimeout: 120_000 });

const PROCESSES = 3;
const TICKS = 4;
const SKETCH: ScheduledSketch = {
  schedules: Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [
      `shop.s${i}`,
      cronSchedule("0 * * * *", { overlap: i % 2 === 0 ? "buffer_all" : "allow", catchUp: { mode: "all" } }),
    ]),
  ),
  models: Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`shop.m${i}`, { schedule: `s${i}` }])),
};
const hour = (i: number) => new Date(Date.UTC(2026, 0, 1, i)).toISOString();

let server: TestServer;
let folder: string;
beforeAll(async () => {
  [server, folder] = [await startTestPostgres(), await mkdtemp(join(tmpdir(), "mesh-two-"))];
}, 60_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function check(location: StateLocation, clock: string): Promise<void> {
  await withScheduledMesh(async ({ state }) => {
    // At once, so that nobody reads half of it.
    const set = async (time: string) => {
      await writeFile(`${clock}.next`, time);
      await rename(`${clock}.next`, clock);
    };
    await set(hour(0));
    const children: TypeScriptChild[] = [];
    const start = (name: string) => {
      const child = startTypeScript("tick-child.ts", [JSON.stringify(location), JSON.stringify(SKETCH), clock, name]);
      children.push(child);
      return child;
    };
    let killed = 0;
    try {
      let all = Array.from({ length: PROCESSES }, (_, i) => start(`p${i}`));
      await Promise.all(all.map((child) => child.untilLines(1)));
      for (let tick = 1; tick <= TICKS; tick++) {
        await set(hour(tick));
        if (tick === 2) {
          // Somewhere in the middle of a look; another process takes its place.
          all[0]?.process.kill("SIGKILL");
          await all[0]?.ended;
          killed++;
          all = [...all.slice(1), start("late")];
          await all.at(-1)?.untilLines(1);
        }
        // Each has looked at least once with the new time from its beginning.
        await Promise.all(all.map((child) => child.untilLines(child.lines.length + 2)));
      }
    } finally {
      for (const child of children) child.process.kill("SIGKILL");
      await Promise.all(children.map((child) => child.ended));
    }
    for (const id of Object.keys(SKETCH.schedules)) {
      const runs = await state.listRuns({ schedule: id });
      const dates = runs.map(({ logicalAt }) => logicalAt?.toISOString()).sort();
      expect(dates, id).toEqual(Array.from({ length: TICKS }, (_, i) => hour(i + 1)));
      const running = runs.filter(({ status }) => status === "running").length;
      expect(running, `${id}: runs that go on`).toBe(
        id.endsWith("0") || id.endsWith("2") || id.endsWith("4") ? 1 : TICKS,
      );
      for (const run of runs.filter(({ status }) => status === "running"))
        expect(
          (await state.listTasks(run.id)).filter(({ models }) => models.length > 0),
          "a run begins once",
        ).toHaveLength(1);
    }
    console.log(`${PROCESSES} schedulers, ${TICKS} ticks of 6 schedules, ${killed} killed`);
    expect(killed).toBeGreaterThan(0);
  }, location);
}

test("on SQLite", () => check({ kind: "sqlite", path: join(folder, "state.db") }, join(folder, "clock-1")));
test("on Postgres", () => check({ kind: "postgres", connection: server.url, schema: "mesh" }, join(folder, "clock-2")));
