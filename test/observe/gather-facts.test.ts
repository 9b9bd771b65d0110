// What promises are judged by, as it is read from the state store: how the last run of a model ended, and when its rows arrived.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gatherFacts } from "../../core/observe/gather-facts.ts";
import { openPromisedState, type PromisedState, promisedMesh } from "../support/promised-mesh.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-26T12:00:00Z");
const at = (hours: number) => new Date(START + hours * HOUR);
const MODEL = "shop.clean";
const manifest = promisedMesh({ [MODEL]: { available_by: "06:00" } });

let place: PromisedState;
beforeEach(async () => {
  place = await openPromisedState(manifest);
});
afterEach(() => place.remove());

const facts = () => gatherFacts(place.state, manifest, { now: at(9), since: at(-24) });
const attempt = async () => (await facts()).attempts.get(MODEL);
const arrivals = async () => (await facts()).arrivals.get(MODEL);
const step = (kind: string, hours: number, status: string, { run = "r", reason = "" } = {}) =>
  place.sql(
    `insert into step (run_id, step, kind, model, status, reason, started_at, finished_at) values ('${run}', '${kind}:${MODEL}', '${kind}', '${MODEL}', '${status}', '${reason}', '${at(hours).toISOString()}', '${at(hours + 0.1).toISOString()}')`,
  );

describe("a model's last run", () => {
  test.each([
    ["failed", "failed", "its last build failed"],
    ["cancelled", "failed", "its last build was cancelled"],
    ["crashed", "failed", "its last build was crashed"],
    ["skipped", "blocked", "something it reads failed"],
    ["held", "blocked", "something it reads failed"],
  ])("whose build was %s has %s: %s", async (status, outcome, why) => {
    step("build", 1, status);
    expect(await attempt()).toMatchObject({ outcome, why, endedAt: at(1.1).getTime() });
  });

  test("is held by a test of the same run, and not by one of an earlier run", async () => {
    step("test", 0.5, "failed", { run: "before", reason: "1 test failed: unique_id" });
    step("build", 1, "success");
    await place.publish(MODEL, at(1), at(1.2));
    expect(await attempt()).toMatchObject({ outcome: "done", endedAt: at(1.2).getTime() });
    step("test", 1.1, "failed", { reason: "2 tests failed" });
    expect(await attempt()).toMatchObject({ outcome: "held", why: "2 tests failed" });
  });

  test("that made what nobody published has failed", async () => {
    step("build", 1, "success");
    expect(await attempt()).toMatchObject({ outcome: "failed", why: "it was made, but not published" });
  });
});

describe("rows arrive", () => {
  test("when they are published, and not when somebody goes back to those of before", async () => {
    await place.publish(MODEL, at(1), at(1));
    await place.publish(MODEL, at(2), at(2));
    expect(await arrivals()).toEqual([at(1).getTime(), at(2).getTime()]);
    const shown = (await place.state.published()).get(MODEL);
    const change = {
      model: MODEL,
      project: "shop",
      buildId: shown?.previousBuildId ?? "",
      expected: shown?.buildId ?? "",
    };
    const [back] = await place.state.publish([change], { action: "rollback", by: { actor: "ana", via: "cli" } });
    place.sql(`update publication set published_at = '${at(3).toISOString()}' where sequence = ${back?.sequence}`);
    expect((await facts()).published.get(MODEL)?.publishedAt).toBe(at(3).getTime());
    expect(await arrivals()).toEqual([at(1).getTime(), at(2).getTime()]);
  });

  test("when a run of the schedule found nothing new to do, and not when it failed or ended before", async () => {
    const ended = async (status: "success" | "failed", hours: number) => {
      const id = `${status} ${hours}`;
      const rest = { executor: "workers", trigger: "schedule", priority: 50, host: "h", pid: 1 } as const;
      const named = { schedule: "shop.nightly", scheduleKey: id };
      await place.state.recordRun({ id, command: "schedule", selection: "", ...named, ...rest });
      place.sql(`update run set status = '${status}', finished_at = '${at(hours).toISOString()}' where id = '${id}'`);
    };
    await ended("failed", 1);
    await ended("success", -30);
    expect(await arrivals()).toBeUndefined();
    await ended("success", 2);
    expect(await arrivals()).toEqual([at(2).getTime()]);
  });
});
