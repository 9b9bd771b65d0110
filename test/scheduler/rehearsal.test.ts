// What a rehearsal may begin on: never on a state store whose schedules go by the time of day, where it would stop them without a word.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openState, type StateStore } from "../../core/state/index.ts";
import { startRehearsal } from "../../scheduler/schedules/index.ts";
import { newSchedule } from "../support/manifest.ts";

const CLOCK = "2026-10-25T00:00:00Z*60";

async function withState(body: (state: StateStore) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-rehearsal-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  try {
    await state.migrate();
    await body(state);
  } finally {
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** As a scheduler does when it sees a deployment. */
const putInForce = (state: StateStore) =>
  state.reconcileSchedules({
    deployments: {},
    changes: [
      {
        id: "shop.hourly",
        project: "shop",
        name: "hourly",
        definition: newSchedule(),
        restart: true,
        nextAt: new Date("2026-11-01T00:00:00Z"),
      },
    ],
    gone: [],
    at: new Date("2026-10-31T23:30:00Z"),
  });

test("a rehearsal is refused where schedules go by the time of day, which they keep doing", () =>
  withState(async (state) => {
    expect(await putInForce(state)).toBe(true);
    await expect(startRehearsal(state, CLOCK)).rejects.toMatchObject({ code: "schedule/clock-refused" });
    expect(await state.scheduleClock()).toBe(undefined);
  }));

test("a rehearsal goes on where it began, and may begin anew", () =>
  withState(async (state) => {
    const clock = await startRehearsal(state, CLOCK);
    expect(await putInForce(state)).toBe(true);
    expect(await startRehearsal(state, CLOCK)).toEqual(clock);
    expect(await startRehearsal(state, "2026-03-29T00:00:00Z*240")).toMatchObject({ speed: 240 });
  }));
