// Owns a year of hourly and nightly schedules in three zones with everything that goes wrong with time: the runs recorded are those worked out
// another way, exactly. MESH_FAULT_SEED repeats a year; the long form goes through it in steps of minutes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StateLocation } from "../../core/state/index.ts";
import { tickDuty } from "../../scheduler/schedules/index.ts";
import { LONG } from "../support/fault-checks.ts";
import { cronSchedule, type ScheduledMesh, withScheduledMesh } from "../support/scheduled-mesh.ts";
import { startTestPostgres, type TestServer } from "../support/stores.ts";

const SEED = Number(process.env.MESH_FAULT_SEED ?? Date.now() % 1_000_000);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const WITHIN_MS = (LONG ? 30 : 10) * MINUTE_MS;
const START = Date.parse("2026-01-01T00:00:30Z");
const END = Date.parse("2027-01-01T00:00:30Z");
const ZONES = ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe"] as const;

/** A small generator of numbers in [0, 1) that a seed repeats. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Ticks {
  readonly hourly: readonly string[];
  readonly nightly: readonly string[];
}

/**
 * Instants at which a zone's clocks show the minute 05 (every real hour), and at which they first show 02:30 or would have. Worked out by walking
 * through the year in quarters of an hour (and 5 minutes), without cron and without the code under test.
 */
function expectedTicks(timeZone: string): Ticks {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    dateStyle: "short",
    timeStyle: "short",
  });
  const hourly = new Set<number>();
  const nightly: string[] = [];
  let days = new Set<string>();
  let before = { day: "", minute: 0 };
  for (
    let instant = Math.ceil((START - 48 * HOUR_MS) / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
    instant <= END;
    instant += 5 * MINUTE_MS
  ) {
    const [day = "", time = ""] = format.format(instant).split(", ");
    const [hour = 0, minutes = 0] = time.split(":").map(Number);
    const minute = hour * 60 + minutes;
    const within = instant > START;
    const skippedMinutes = day === before.day ? minute - before.minute - 5 : 0;
    if (minutes === 5) hourly.add(instant);
    // A time that is not shown is as much later as the clocks skipped.
    for (let skipped = 0; skipped < skippedMinutes; skipped += 5)
      if ((before.minute + 5 + skipped) % 60 === 5) hourly.add(instant + skipped * MINUTE_MS);
    if (!days.has(day)) {
      if (minute === 150) {
        days.add(day);
        if (within) nightly.push(new Date(instant).toISOString());
      } else if (skippedMinutes > 0 && before.minute + 5 <= 150 && 150 < minute) {
        days.add(day);
        if (within) nightly.push(new Date(instant + (150 - before.minute - 5) * MINUTE_MS).toISOString());
      }
    }
    if (days.size > 3) days = new Set([...days].slice(-2));
    before = { day, minute };
  }
  const inYear = [...hourly].filter((instant) => instant > START && instant <= END).sort((a, b) => a - b);
  return { hourly: inYear.map((instant) => new Date(instant).toISOString()), nightly };
}

/** Worked out once for both state stores. */
const EXPECTED = new Map(ZONES.map((zone) => [zone, expectedTicks(zone)]));

const schedules = Object.fromEntries(
  ZONES.flatMap((timezone, i) => [
    [`z${i}.hourly`, cronSchedule("5 * * * *", { timezone, catchUp: { mode: "all" } })],
    [`z${i}.nightly`, cronSchedule("30 2 * * *", { timezone, catchUp: { mode: "all" } })],
  ]),
);

/** Goes through the year in steps of every length, with looks that are doubled, that break off, and on a clock that jumps. */
async function live(mesh: ScheduledMesh, random: () => number): Promise<Readonly<Record<string, number>>> {
  const faults = { gaps: 0, doubled: 0, crashes: 0, jumpsBack: 0 };
  mesh.deploy({ schedules });
  mesh.set(new Date(START));
  await mesh.reconcile();
  let now = START;
  while (now < END) {
    const kind = random();
    const usual = LONG ? 10 * MINUTE_MS : 40 * HOUR_MS;
    if (kind < 0.1) {
      faults.gaps++;
      now += (24 + random() * 96) * HOUR_MS;
    } else if (kind < 0.2) {
      faults.jumpsBack++;
      mesh.set(new Date(now - random() * 30 * HOUR_MS));
      await mesh.tick();
      now += HOUR_MS;
    } else now += random() * usual;
    now = Math.min(now, END);
    mesh.set(new Date(now));
    if (kind > 0.9) {
      faults.crashes++;
      // The transaction of the third schedule is cut off; what was recorded before it stays, it and the others come with the next look.
      await expect(dieAt(mesh, 3)).resolves.toBe(true);
    } else if (kind > 0.7) {
      faults.doubled++;
      await Promise.all([mesh.tick(), mesh.tick()]);
    } else await mesh.tick();
    if (kind > 0.5 && kind < 0.55) await mesh.reconcile();
  }
  mesh.set(new Date(END));
  await mesh.tick();
  return faults;
}

/** A scheduler that dies as it records the `count`th schedule: true. Fewer are due: it goes on to its end. */
async function dieAt(mesh: ScheduledMesh, count: number): Promise<boolean> {
  let calls = 0;
  const state = {
    ...mesh.state,
    recordTicks: async (ticks: Parameters<typeof mesh.state.recordTicks>[0]) => {
      if (++calls === count) throw new Error("killed");
      return mesh.state.recordTicks(ticks);
    },
  };
  await tickDuty.run({ ...mesh.context, state }).catch((error: Error) => expect(error.message).toBe("killed"));
  return true;
}

async function checkYear(location: StateLocation | undefined): Promise<void> {
  await withScheduledMesh(async (mesh) => {
    const faults = await live(mesh, randomOf(SEED));
    console.log(`a year, seed ${SEED}: ${JSON.stringify(faults)}`);
    for (const count of Object.values(faults)) expect(count).toBeGreaterThan(0);
    for (const [i, zone] of ZONES.entries()) {
      for (const kind of ["hourly", "nightly"] as const) {
        const runs = await mesh.runs(`z${i}.${kind}`);
        expect(
          runs.map(({ logicalAt }) => logicalAt?.toISOString()),
          `${zone} ${kind}`,
        ).toEqual(EXPECTED.get(zone)?.[kind]);
      }
      expect(EXPECTED.get(zone)?.nightly).toHaveLength(365);
    }
  }, location);
}

describe("a year in three zones", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  it("on SQLite: every tick has its run, once", () => checkYear(undefined), WITHIN_MS);
  it(
    "on Postgres: every tick has its run, once",
    () => checkYear({ kind: "postgres", connection: server.url, schema: "mesh" }),
    WITHIN_MS,
  );
});
