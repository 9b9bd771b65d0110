// A month of runs by an injected clock, on time, late and missing: what is recorded of it equals what is computed from the list of runs alone.
import { afterAll, beforeAll, expect, test } from "vitest";
import { attainments, evaluateServiceLevels } from "../../core/observe/index.ts";
import { openPromisedState, type PromisedState, promisedMesh, TO_OWNERS } from "../support/promised-mesh.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const FROM = Date.UTC(2026, 9, 1);
const TO = Date.UTC(2026, 10, 1);
const LIMIT = 26 * 60 * MINUTE;
let place: PromisedState;
const manifest = promisedMesh({ "shop.raw": { freshness: "26h", available_by: "06:00", target: "90%" } });

beforeAll(async () => {
  place = await openPromisedState(manifest);
});
afterAll(() => place.remove());

/** Minutes after 02:30 in Madrid at which the run of each day published; undefined: it never did. The clocks change on 25 October. */
const runs = Array.from({ length: 31 }, (_, day) => {
  const tick = FROM + day * DAY + (day < 24 ? 30 : 90) * MINUTE;
  const late = [12, 40, 9, 225, 17, 210, 30][day % 7] as number;
  return [11, 19].includes(day) ? [] : [{ tick, at: tick + late * MINUTE }];
}).flat();

test("attainment of a month equals the one computed from its runs, also where nobody looked for hours", async () => {
  const first = FROM - 30 * MINUTE;
  await place.publish("shop.raw", new Date(first), new Date(first));
  const look = (at: number) => evaluateServiceLevels(place.state, manifest, new Date(at), TO_OWNERS);
  const pending = [...runs];
  for (let at = FROM; at <= TO; at += 60 * MINUTE) {
    while (pending[0] && pending[0].at <= at) {
      const { tick, at: published } = pending.shift() as (typeof runs)[number];
      await place.publish("shop.raw", new Date(tick), new Date(published));
    }
    // The schedulers are down for seven hours on the fifth.
    if (at > FROM + 4 * DAY && at < FROM + 4 * DAY + 7 * 60 * MINUTE) continue;
    await look(at);
  }

  let missedMs = 0;
  const shown = [{ tick: first, at: first }, ...runs];
  for (const [i, { tick }] of shown.entries()) {
    const until = Math.min(shown[i + 1]?.at ?? TO, TO);
    missedMs += Math.max(0, until - Math.max(tick + LIMIT, FROM));
  }
  const missedDays = Array.from({ length: 31 }, (_, day) => {
    const due = FROM + day * DAY + (day < 24 ? 4 : 5) * 60 * MINUTE;
    const tick = due - 210 * MINUTE;
    return runs.some((run) => run.at >= tick && run.at <= due) ? 0 : 1;
  }).reduce((sum: number, one) => sum + one, 0);
  expect(missedMs, "something was missed").toBeGreaterThan(0);
  expect(missedDays, "something was missed").toBeGreaterThan(2);

  const found = await attainments(place.state, manifest, { from: new Date(FROM), to: new Date(TO), now: new Date(TO) });
  expect(found.map(({ objective, attainment }) => [objective.kind, attainment])).toEqual([
    [
      "available_by",
      expect.objectContaining({ unit: "slots", total: 31, missed: missedDays, allowed: 3, kept: missedDays <= 3 }),
    ],
    [
      "freshness",
      expect.objectContaining({
        unit: "minutes",
        total: 31 * 1_440,
        missed: missedMs / MINUTE,
        attained: 1 - missedMs / (TO - FROM),
      }),
    ],
  ]);
}, 300_000);
