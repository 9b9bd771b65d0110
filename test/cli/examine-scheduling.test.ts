// What mesh doctor finds of schedules, pools and processes: each with what to do about it.
import { describe, expect, it } from "vitest";
import type { Deployed } from "../../core/deploy/index.ts";
import { examineScheduling, type Scheduling } from "../../core/examine-scheduling.ts";
import type { RunRecord, WorkerRecord } from "../../core/state/index.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const process = (kind: string, classes: WorkerRecord["classes"]): WorkerRecord => ({
  id: kind,
  kind,
  host: "h",
  pid: 1,
  classes,
  concurrency: 1,
  startedAt: NOW,
  heartbeatAt: NOW,
});
const deployed = (config: object = {}, timezone = "UTC") =>
  ({
    manifest: {
      projects: { shop: { name: "shop", schedules: { hourly: { cron: "5 * * * *", timezone } } } },
      stores: { "shop.db": {} },
      models: {
        "shop.a": { kind: "sql", config, tags: ["heavy"] },
        "shop.b": { kind: "snapshot", config: {}, tags: [] },
      },
    },
    deployments: new Map([["shop", {}]]),
    shards: new Map(),
  }) as unknown as Deployed;
const ALL = [process("scheduler", []), process("worker", ["duckdb", "extract"])];
const scheduling = (some: Partial<Scheduling> = {}): Scheduling => ({
  pools: {},
  deployed: deployed(),
  processes: ALL,
  waiting: [],
  undelivered: 0,
  now: NOW,
  ...some,
});
const findings = async (some: Partial<Scheduling>) =>
  (await examineScheduling(scheduling(some))).flatMap(({ ok, what, help }) => (ok ? [] : [[what, help]]));

describe("the doctor's look at schedules and processes", () => {
  it("finds nothing where everything that is deployed can run", async () => {
    expect(await findings({ pools: { "store:shop.db": 1, "tag:heavy": 2, warehouse: 4 } })).toEqual([]);
  });

  it("says nothing of processes where nothing is deployed", async () => {
    const nothing = { manifest: { projects: {}, stores: {}, models: {} }, deployments: new Map(), shards: new Map() };
    expect(await findings({ deployed: nothing as unknown as Deployed, processes: [], pools: { "tag:x": 1 } })).toEqual(
      [],
    );
  });

  it.each<[string, Partial<Scheduling>, string, string]>([
    ["no scheduler", { processes: ALL.slice(1) }, "no scheduler runs", "mesh scheduler"],
    [
      "a clock that was rehearsed by",
      { rehearsed: { realStart: NOW, rehearsedStart: new Date("2026-10-25T00:00:00Z"), speed: 60 } },
      "it shows 2026-10-25T00:00:00.000Z",
      "never rehearsed on",
    ],
    [
      "no worker of a class",
      { processes: ALL.slice(0, 1) },
      "class duckdb, extract",
      "mesh worker --class duckdb,extract",
    ],
    [
      "a pool that nothing uses",
      { pools: { "store:shop.bd": 1 } },
      "Did you mean store:shop.db?",
      "store:<project.store>",
    ],
    [
      "a pool without a limit",
      { deployed: deployed({ pools: ["licence"] }) },
      "the pool licence, which has no limit",
      '"licence": 2',
    ],
    ["a pool that lets nothing through", { pools: { warehouse: 0 } }, "has the limit 0", "wait until it has more"],
    ["a zone that this machine does not know", { deployed: deployed({}, "Mars/Olympus") }, "Mars/Olympus", "IANA zone"],
    [
      "a run that nobody begins",
      { waiting: [{ id: "r1", startedAt: new Date(NOW.getTime() - 600_000) } as RunRecord] },
      "1 run has waited",
      "mesh runs r1",
    ],
    ["alerts that reach nobody", { undelivered: 3 }, "3 alerts could not be delivered", "mesh incidents"],
  ])("finds %s", async (_, some, what, help) => {
    expect(await findings(some)).toEqual([[expect.stringContaining(what), expect.stringContaining(help)]]);
  });
});
