// Whose fault it is: causes along what a table reads, in a mesh of three domains at one instant.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest, ServiceLevel } from "../../core/manifest/index.ts";
import {
  type AttemptFact,
  type BuildFact,
  judgeMesh,
  objectiveKey,
  objectivesOf,
  type ServiceFacts,
  type Slot,
} from "../../core/sla/index.ts";
import { sketchManifest } from "../support/manifest.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-26T12:00:00Z");
const ago = (hours: number) => NOW - hours * HOUR;

/** shop: raw (a snapshot) -> clean; sales: daily reads clean and the seed; board: totals reads daily. All hourly. */
function mesh(slas: Readonly<Record<string, ServiceLevel>>): Manifest {
  const manifest = sketchManifest({
    "shop.raw": { kind: "snapshot", source: "shop.db.orders" },
    "shop.clean": { reads: ["shop.raw"] },
    "sales.zones": { kind: "seed" },
    "sales.daily": { reads: ["shop.clean", "sales.zones"] },
    "board.totals": { reads: ["sales.daily"] },
  });
  const owner = (team: string) => ({ team, email: `${team}@example.com` });
  return {
    ...manifest,
    projects: Object.fromEntries(
      ["shop", "sales", "board"].map((name) => [
        name,
        { name, path: name, owner: owner(name), schedules: { hourly: { timezone: "UTC" } } as never },
      ]),
    ),
    sources: Object.fromEntries(
      Object.values(manifest.sources).map((source) => [
        source.id,
        { ...source, ...(slas[source.id] && { sla: slas[source.id] as ServiceLevel }) },
      ]),
    ),
    models: Object.fromEntries(
      Object.values(manifest.models).map((model) => [
        model.id,
        {
          ...model,
          schedule: "hourly",
          owner: owner(model.project),
          ...(slas[model.id] && { sla: slas[model.id] as ServiceLevel }),
        },
      ]),
    ),
  };
}

interface Table {
  /** Hours ago: what its rows show, when it was published. */
  readonly asOf: number;
  readonly published: number;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly content?: string;
}

function factsOf(
  tables: Readonly<Record<string, Table>>,
  more: {
    attempts?: Readonly<Record<string, AttemptFact>>;
    old?: readonly BuildFact[];
    tick?: number;
  } & Partial<Omit<ServiceFacts, "attempts">> = {},
): ServiceFacts {
  const builds = Object.entries(tables).map(
    ([model, { asOf, inputs = {}, content }]): BuildFact => ({
      id: `${model} now`,
      model,
      contentId: content ?? `${model} rows`,
      asOf: ago(asOf),
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([input, contentId]) => [
          input,
          { buildId: contentId === `${input} rows` ? `${input} now` : `${input} old`, contentId },
        ]),
      ),
    }),
  );
  const { attempts = {}, old = [], tick = 0.5, ...rest } = more;
  return {
    now: NOW,
    published: new Map(
      Object.entries(tables).map(([model, { published }]) => [
        model,
        { buildId: `${model} now`, publishedAt: ago(published) },
      ]),
    ),
    builds: new Map([...builds, ...old].map((build) => [build.id, build])),
    attempts: new Map(Object.entries(attempts)),
    arrivals: new Map(Object.entries(tables).map(([model, { published }]) => [model, [ago(published)]])),
    durations: new Map(),
    ticks: new Map(["shop", "sales", "board"].map((name) => [`${name}.hourly`, { last: ago(tick), next: NOW + HOUR }])),
    ...rest,
  };
}

function judge(manifest: Manifest, facts: ServiceFacts, slots: Readonly<Record<string, readonly Slot[]>> = {}) {
  const objectives = objectivesOf(manifest);
  const judged = judgeMesh({
    manifest,
    objectives,
    facts,
    slots: new Map(Object.entries(slots)),
    promisedSince: new Map(),
  });
  return Object.fromEntries(judged.map((one) => [objectiveKey(one.objective), one]));
}

const rows = (...models: string[]) => Object.fromEntries(models.map((model) => [model, `${model} rows`]));
const steady = (raw: number, rest: number): Readonly<Record<string, Table>> => ({
  "shop.raw": { asOf: raw, published: raw },
  "shop.clean": { asOf: raw, published: rest, inputs: rows("shop.raw") },
  "sales.zones": { asOf: 9_000, published: 9_000 },
  "sales.daily": { asOf: 9_000, published: rest, inputs: rows("shop.clean", "sales.zones") },
  "board.totals": { asOf: 9_000, published: rest, inputs: rows("sales.daily") },
});
const two: ServiceLevel = { freshness: "2h" };
const failed = (hours: number, errorCode: string): AttemptFact => ({
  startedAt: ago(hours),
  endedAt: ago(hours),
  outcome: "failed",
  why: `its last extract failed [${errorCode}]`,
  errorCode,
});

describe("the age of a table", () => {
  test("is that of the oldest rows it reads, however lately it was built; a seed does not age", () => {
    const { "board.totals freshness": totals } = judge(mesh({ "board.totals": two }), factsOf(steady(1, 0.1)));
    expect(totals).toMatchObject({ state: "OK", asOf: ago(1), ageMs: HOUR, publishAgeMs: 0.1 * HOUR });
    expect(totals?.latencyMs).toBeCloseTo(0.9 * HOUR);
  });

  test("stays that of the newest reading when its inputs have the same rows and it is not built again", () => {
    const tables = { ...steady(1, 50), "shop.clean": { asOf: 50, published: 50, inputs: rows("shop.raw") } };
    expect(judge(mesh({ "board.totals": two }), factsOf(tables))["board.totals freshness"]).toMatchObject({
      state: "OK",
      asOf: ago(1),
    });
  });

  test("of a table of seeds alone is no age at all", () => {
    const manifest = mesh({ "sales.zones": two });
    const judged = judge(manifest, factsOf(steady(1, 1)))["sales.zones freshness"];
    expect(judged).toMatchObject({ state: "OK" });
    expect(judged?.ageMs).toBeUndefined();
  });

  test("ends for two models that read one another at different times", () => {
    const facts = factsOf({
      "shop.clean": { asOf: 1, published: 1, inputs: rows("sales.daily") },
      "sales.daily": { asOf: 2, published: 1, inputs: rows("shop.clean") },
    });
    expect(judge(mesh({ "sales.daily": two }), facts)["sales.daily freshness"]?.state).toBe("OK");
  });
});

describe("the cause", () => {
  test("of rows that are too old is the snapshot they come from: readers inherit it, with its owner", () => {
    const judged = judge(mesh({ "board.totals": two, "sales.daily": two }), factsOf(steady(5, 0.1)));
    for (const key of ["board.totals freshness", "sales.daily freshness"])
      expect(judged[key]).toMatchObject({
        state: "INHERITED",
        own: "BREACH",
        good: false,
        cause: { project: "shop", owner: { email: "shop@example.com" } },
      });
    expect(judged["board.totals freshness"]?.cause?.path).toEqual([
      "board.totals",
      "sales.daily",
      "shop.clean",
      "shop.raw",
    ]);
  });

  test("is the table itself when building it again would do", () => {
    const stale = {
      ...steady(0.2, 0.1),
      "sales.daily": { asOf: 5, published: 5, inputs: { "shop.clean": "older rows", ...rows("sales.zones") } },
    };
    const old: BuildFact = { id: "shop.clean old", model: "shop.clean", asOf: ago(5), inputs: {} };
    const snapshot = { id: "shop.raw old", model: "shop.raw", asOf: ago(5), inputs: {} };
    const facts = factsOf(stale, {
      old: [{ ...old, inputs: { "shop.raw": { buildId: "shop.raw old", contentId: "older" } } }, snapshot],
      attempts: { "sales.daily": { startedAt: ago(0.1), endedAt: ago(0.1), outcome: "failed", why: "it failed" } },
    });
    const judged = judge(mesh({ "board.totals": two, "sales.daily": two }), facts);
    expect(judged["sales.daily freshness"]).toMatchObject({
      state: "BREACH",
      cause: { id: "sales.daily", why: "it failed" },
    });
    expect(judged["board.totals freshness"]).toMatchObject({ state: "INHERITED", cause: { id: "sales.daily" } });
  });

  test("is the store, once, when it cannot be read", () => {
    const facts = factsOf(steady(5, 0.1), { attempts: { "shop.raw": failed(1, "store/unreachable") } });
    const judged = judge(mesh({ "shop.raw": two, "shop.db.orders": two, "board.totals": two }), facts);
    const cause = { kind: "store", id: "shop.db", why: "its last extract failed [store/unreachable]" };
    expect(judged["shop.raw freshness"]).toMatchObject({ state: "BREACH", cause });
    expect(judged["shop.db.orders freshness"]).toMatchObject({ state: "BREACH", cause });
    expect(judged["board.totals freshness"]).toMatchObject({ state: "INHERITED", cause });
  });

  test("is the schedule when its run has not begun", () => {
    const judged = judge(mesh({ "shop.raw": two }), factsOf(steady(5, 5)));
    expect(judged["shop.raw freshness"]).toMatchObject({
      state: "BREACH",
      cause: { kind: "schedule", id: "shop.hourly", why: "its run of 2026-11-26T11:30:00.000Z has not begun" },
    });
  });

  test("is never an upstream that keeps its own promise", () => {
    const judged = judge(mesh({ "shop.clean": { freshness: "26h" }, "sales.daily": two }), factsOf(steady(5, 0.1)));
    expect(judged["shop.clean freshness"]?.state).toBe("OK");
    expect(judged["sales.daily freshness"]).toMatchObject({
      state: "BREACH",
      cause: { id: "sales.daily", why: "it promises more than shop.clean, which keeps its own promise" },
    });
  });

  test("of a publish that a test held is the test of that table, and its readers inherit it", () => {
    const held: AttemptFact = {
      startedAt: ago(0.1),
      endedAt: ago(0.1),
      outcome: "held",
      why: "1 test failed: unique_id",
    };
    const facts = factsOf(steady(5, 4), { attempts: { "shop.clean": held } });
    const judged = judge(mesh({ "shop.clean": { freshness: "3h" } }), facts);
    expect(judged["shop.clean freshness"]).toMatchObject({
      state: "HELD",
      cause: { id: "shop.clean", why: "1 test failed: unique_id" },
    });
  });

  test("of data that has not come by its time is the table on the way that failed", () => {
    const blocked: AttemptFact = { startedAt: ago(1), endedAt: ago(1), outcome: "blocked", why: "an input failed" };
    const facts = factsOf(steady(9, 9), {
      attempts: {
        "board.totals": blocked,
        "sales.daily": blocked,
        "shop.clean": { startedAt: ago(1), endedAt: ago(1), outcome: "failed", why: "its build failed [sql/failed]" },
      },
    });
    const slots = { "board.totals available_by": [{ due: ago(0.5), since: ago(4) }] };
    const judged = judge(mesh({ "board.totals": { available_by: "11:30" } }), facts, slots);
    expect(judged["board.totals available_by"]).toMatchObject({
      state: "INHERITED",
      own: "BREACH",
      cause: { id: "shop.clean", path: ["board.totals", "sales.daily", "shop.clean"] },
    });
  });

  test("of a forecast past the deadline is told before it passes", () => {
    const facts = factsOf(steady(1.9, 0.1), {
      durations: new Map([["shop.clean", [HOUR, HOUR]]]),
      attempts: { "shop.clean": { startedAt: ago(0.05), outcome: "running" } },
    });
    expect(judge(mesh({ "shop.clean": two }), facts)["shop.clean freshness"]).toMatchObject({
      own: "AT_RISK",
      deadline: ago(-0.1),
    });
  });

  test("names a table on the way, ends, and is inherited just when it is elsewhere, whatever the ages", () => {
    const age = fc.integer({ min: 0, max: 48 });
    const manifest = mesh({ "shop.raw": two, "shop.clean": two, "sales.daily": two, "board.totals": two });
    fc.assert(
      fc.property(fc.record({ raw: age, rest: age, tick: age }), fc.boolean(), ({ raw, rest, tick }, fails) => {
        const attempts = fails ? { "shop.raw": failed(tick, "store/unreachable") } : {};
        const judged = Object.values(judge(manifest, factsOf(steady(raw, rest), { tick, attempts })));
        for (const { state, own, cause, objective, good } of judged) {
          expect(good).toBe(raw <= 2);
          expect(cause === undefined).toBe(own === "OK");
          if (cause) expect(cause.path[0]).toBe(objective.subject);
          if (state === "INHERITED") expect(cause?.path.length).toBeGreaterThan(1);
          if (objective.subject === "shop.raw") expect(state).toBe(own);
        }
      }),
    );
  });
});
