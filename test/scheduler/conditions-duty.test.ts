// The duty that looks after schedules that wait for data, on a real state store: nothing published is lost, and nothing runs in vain.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Schedule } from "../../core/manifest/index.ts";
import type { RunRecord } from "../../core/state/index.ts";
import { createConditionsDuty } from "../../scheduler/conditions/index.ts";
import { beginRun, endRun, openWaitingMesh, schedule, type WaitingMesh } from "../support/waiting-mesh.ts";

let mesh: WaitingMesh;
beforeAll(async () => {
  mesh = await openWaitingMesh();
});
afterAll(() => mesh.close());

/** Later than anything that was waited for so far. */
let hours = 1_000;
const muchLater = async () => mesh.setClock(new Date((await mesh.state.now()).getTime() + ++hours * 7_200_000));

/** A schedule of its own project with upstream models of its own, looked after by schedulers of its own. */
let made = 0;
function setUp(more: Partial<Schedule> = {}, upstream: readonly string[] = ["x", "y"]) {
  const name = `c${++made}`;
  const id = `${name}.on_data`;
  const models = upstream.map((model) => `u${made}.${model}`);
  const deployed: { current: Readonly<Record<string, Schedule>> } = {
    current: { [id]: schedule({ upstream: models, ...more }) },
  };
  const context = mesh.context(() => deployed.current);
  const newScheduler = () => {
    const duty = createConditionsDuty(mesh.readClock);
    return { look: () => duty.run(context) };
  };
  const runs = async () => [...(await mesh.state.listRuns({ schedule: id }))].reverse();
  const waiting = async () => (await runs()).filter(({ status }) => status === "waiting");
  const begin = async (run: RunRecord) => beginRun(mesh.state, run, await mesh.state.latestSequence());
  const why = async () => (await mesh.state.listDecisions(id))[0];
  return {
    id,
    name,
    models,
    deployed,
    newScheduler,
    runs,
    waiting,
    begin,
    why,
    x: models[0] ?? "",
    y: models[1] ?? "",
  };
}

test("a publication makes a schedule due once, with the reason; having read it, it waits for the next", async () => {
  const { newScheduler, runs, begin, why, id, x } = setUp();
  const scheduler = newScheduler();
  await scheduler.look();
  expect(await runs()).toEqual([]);
  expect(await why()).toMatchObject({ due: false, why: expect.stringContaining("Nothing new") });
  const sequence = await mesh.publish(x);
  await scheduler.look();
  await scheduler.look();
  const [run] = await runs();
  expect(run).toMatchObject({
    status: "waiting",
    trigger: "new-data",
    schedule: id,
    scheduleKey: `data:${sequence}`,
    priority: 50,
    executor: "workers",
    reason: expect.stringContaining(`${x} is new since`),
  });
  expect(await runs()).toHaveLength(1);
  expect(await why()).toMatchObject({ due: false, why: expect.stringContaining(`Its run ${run?.id} has not begun`) });
  await begin(run as RunRecord);
  await endRun(mesh.state, run as RunRecord);
  await newScheduler().look();
  expect(await runs()).toHaveLength(1);
  expect(await why()).toMatchObject({ due: false, why: expect.stringContaining("Nothing new") });
});

test("other models' publications and other schedules' are nobody's news", async () => {
  const { newScheduler, runs } = setUp();
  const scheduler = newScheduler();
  await mesh.publish("elsewhere.model");
  await scheduler.look();
  expect(await runs()).toEqual([]);
});

test("under a living scheduler the state store becomes an older one: what is published from then on is seen, and nothing else", async () => {
  const older = await openWaitingMesh();
  try {
    const now = schedule({ upstream: ["r.x", "r.y"] });
    const duty = createConditionsDuty(mesh.readClock);
    for (let times = 0; times < 5; times++) await mesh.publish("r.x");
    await older.publish("r.y");
    const deployed = () => ({ "r.on_data": now });
    await duty.run(mesh.context(deployed));
    expect(await mesh.state.listRuns({ schedule: "r.on_data" })).toHaveLength(1);
    await duty.run(older.context(deployed));
    const [run] = await older.state.listRuns({ schedule: "r.on_data" });
    expect(run?.reason).toMatch(/^r\.y is new since/);
    await older.state.beginRun(run?.id ?? "", "{}", [], await older.state.latestSequence());
    await duty.run(older.context(deployed));
    expect(await older.state.listRuns({ schedule: "r.on_data" })).toHaveLength(1);
    await older.publish("r.x");
    await duty.run(older.context(deployed));
    const [next] = await older.state.listRuns({ schedule: "r.on_data", status: "waiting" });
    expect(next?.reason).toMatch(/^r\.x is new since/);
  } finally {
    await older.close();
  }
});

describe("a tick, then everything new", () => {
  const hour = (hours: number, minute = 0) => new Date(Date.UTC(2030, 0, 1, hours, minute));
  const at = async (time: Date) => {
    // What was published before this was published at the time before.
    const before = await mesh.state.now();
    while ((await mesh.state.now()) <= before);
    await mesh.setClock(time);
  };
  afterAll(() => mesh.setClock());
  const cron = { on: "cron_after_all_new", cron: "0 * * * *", timezone: "UTC" } as const;

  test("a run for the tick is recorded when all was published since, with the tick as its date, and none for ticks before it was known", async () => {
    const { newScheduler, runs, why, x, y } = setUp(cron);
    await at(hour(3, 30));
    await mesh.publish(x);
    await mesh.publish(y);
    const scheduler = newScheduler();
    await scheduler.look();
    expect(await why()).toMatchObject({ why: "It has had no tick yet." });
    await at(hour(4, 10));
    await scheduler.look();
    expect(await runs()).toEqual([]);
    await mesh.publish(x);
    await scheduler.look();
    expect(await why()).toMatchObject({ due: false, awaited: [y], tick: hour(4).toISOString() });
    await mesh.publish(y);
    await scheduler.look();
    expect(await runs()).toMatchObject([{ status: "waiting", logicalAt: hour(4), scheduleKey: hour(4).toISOString() }]);
  });

  test("late is told when it is to alert, and taken back when it is due", async () => {
    const { newScheduler, runs, why, x, y } = setUp({ ...cron, maxWaitMs: 1_800_000, afterMaxWait: "alert" });
    await at(hour(3, 30));
    const scheduler = newScheduler();
    await scheduler.look();
    await at(hour(4, 30));
    await scheduler.look();
    expect(await why()).toMatchObject({ late: true, awaited: [x, y], why: expect.stringContaining("so it is late") });
    await mesh.publish(x);
    await mesh.publish(y);
    await at(hour(4, 31));
    await scheduler.look();
    expect(await why()).toMatchObject({ late: false });
    expect(await runs()).toHaveLength(1);
  });

  test("max_wait over, it runs with what there is", async () => {
    const { newScheduler, runs } = setUp({ ...cron, maxWaitMs: 1_800_000 });
    await at(hour(3, 30));
    const scheduler = newScheduler();
    await scheduler.look();
    await at(hour(4, 29));
    await scheduler.look();
    expect(await runs()).toEqual([]);
    await at(hour(4, 30));
    await scheduler.look();
    expect(await runs()).toMatchObject([{ logicalAt: hour(4), reason: expect.stringContaining("max_wait was over") }]);
  });
});

describe("50 publications in a burst", () => {
  const VERSIONS = 50;

  /** Publishes them while two schedulers look and `act` does what happens to the consumer; gives the runs and the number the last one read. */
  async function burst(set: ReturnType<typeof setUp>, act: (version: number) => Promise<void>) {
    const schedulers = [set.newScheduler(), set.newScheduler()];
    let latest = 0;
    let mostWaiting = 0;
    for (let version = 0; version < VERSIONS; version++) {
      latest = await mesh.publish(version % 3 === 0 ? set.y : set.x);
      await Promise.all(schedulers.map((one) => one.look()));
      mostWaiting = Math.max(mostWaiting, (await set.waiting()).length);
      await act(version);
    }
    return { schedulers, latest, mostWaiting };
  }

  /** Begins and ends what waits until nothing is due any more. */
  async function drain(set: ReturnType<typeof setUp>, running: RunRecord | undefined) {
    if (running) await endRun(mesh.state, running);
    const scheduler = set.newScheduler();
    for (let round = 0; round < 10; round++) {
      await scheduler.look();
      const [next] = await set.waiting();
      if (!next) break;
      await set.begin(next);
      await endRun(mesh.state, next);
    }
    const runs = await set.runs();
    return { runs, read: runs.at(-1)?.readSequence };
  }

  test("while the consumer is busy: it ends having read the latest, with two runs", async () => {
    const set = setUp();
    let running: RunRecord | undefined;
    const { latest, mostWaiting } = await burst(set, async () => {
      const [next] = await set.waiting();
      if (running || !next) return;
      await set.begin(next);
      running = next;
    });
    const { runs, read } = await drain(set, running);
    expect(mostWaiting).toBe(1);
    expect(read).toBe(latest);
    expect(runs.map(({ status }) => status)).toEqual(["success", "success"]);
    console.log(`busy: ${VERSIONS} publications, ${runs.length} runs, read ${read} of ${latest}`);
  });

  test("while it is paused: one run, when the pause ends", async () => {
    const set = setUp();
    const subject = { kind: "schedule", name: set.id } as const;
    const by = { actor: "ana", via: "cli" } as const;
    await mesh.state.pause({ ...subject, why: "the store moves" }, by);
    const { latest } = await burst(set, async () => {});
    expect(await set.runs()).toEqual([]);
    expect(await set.why()).toMatchObject({
      due: false,
      why: expect.stringContaining("It is paused by ana since"),
    });
    await mesh.state.unpause(subject, by);
    const { runs, read } = await drain(set, undefined);
    expect(read).toBe(latest);
    expect(runs).toHaveLength(1);
    console.log(`paused: ${VERSIONS} publications, ${runs.length} runs, read ${read} of ${latest}`);
  });

  test("while it is being redeployed, gone for a while with its waiting run skipped: one run after all", async () => {
    const set = setUp();
    const there = set.deployed.current;
    const { latest } = await burst(set, async (version) => {
      if (version === 10) {
        set.deployed.current = {};
        const [next] = await set.waiting();
        await mesh.state.endWaitingRun(next?.id ?? "", "skipped", "its schedule is not deployed");
      }
      if (version === 40) set.deployed.current = there;
    });
    const { runs, read } = await drain(set, undefined);
    expect(read).toBe(latest);
    expect(runs.map(({ status }) => status)).toEqual(["skipped", "success"]);
    console.log(`redeployed: ${VERSIONS} publications, ${runs.length} runs, read ${read} of ${latest}`);
  });

  test.each(["skipped", "failed"] as const)(
    "gone with the last publication, its run %s before it began: that one is read when it is back, too",
    async (ended) => {
      const set = setUp();
      const there = set.deployed.current;
      const latest = await mesh.publish(set.x);
      const scheduler = set.newScheduler();
      await scheduler.look();
      const [first] = await set.waiting();
      set.deployed.current = {};
      await mesh.state.endWaitingRun(first?.id ?? "", ended, "its schedule is not deployed");
      set.deployed.current = there;
      for (let second = 0; second < 5; second++) await scheduler.look();
      expect(await set.runs(), "it is not asked for again and again").toHaveLength(1);
      expect(await set.why()).toMatchObject({ why: expect.stringContaining("Its last run did not begin") });
      await muchLater();
      const { runs, read } = await drain(set, undefined);
      expect(read).toBe(latest);
      expect(runs.map(({ status }) => status)).toEqual([ended, "success"]);
    },
  );
});

type Act =
  | "x"
  | "y"
  | "look"
  | "both look"
  | "restart"
  | "gather"
  | "begin"
  | "end"
  | "cancel"
  | "skip"
  | "pause"
  | "unpause";

test("whatever the order of publishing, looking, beginning late, crashing, pausing: what is newest is read in the end, one run waits at most", async () => {
  const by = { actor: "ana", via: "cli" } as const;
  const act = fc.constantFrom<Act>(
    "x",
    "y",
    "x",
    "look",
    "look",
    "both look",
    "restart",
    "gather",
    "begin",
    "begin",
    "end",
    "end",
    "cancel",
    "skip",
    "pause",
    "unpause",
  );
  const condition = fc.constantFrom<Partial<Schedule>>(
    { on: "any_new" },
    { on: "all_new" },
    { on: "any_new", overlap: "skip" },
  );
  const injected = { publications: 0, runs: 0, crashes: 0, skipped: 0, cancelled: 0 };
  await fc.assert(
    fc.asyncProperty(condition, fc.array(act, { minLength: 5, maxLength: 40 }), async (more, acts) => {
      const set = setUp(more);
      const subject = { kind: "schedule", name: set.id } as const;
      let schedulers = [set.newScheduler(), set.newScheduler()];
      let running: RunRecord | undefined;
      let facts: number | undefined;
      let published = 0;
      /** Runs that were planned with older facts than were there: what is new after all is run once more. */
      let outdated = 0;
      /** What runs that began had read, and what a person did not want read. */
      let read = 0;
      for (const what of acts) {
        const [next] = await set.waiting();
        switch (what) {
          case "x":
          case "y":
            await mesh.publish(set[what]);
            published++;
            break;
          case "look":
            await schedulers[0]?.look();
            break;
          case "both look":
            await Promise.all(schedulers.map((one) => one.look()));
            break;
          case "restart":
            schedulers = [set.newScheduler(), set.newScheduler()];
            injected.crashes++;
            break;
          case "gather":
            // A planner reads its facts now and begins a run some time later, even one that is recorded in between.
            facts = await mesh.state.latestSequence();
            break;
          case "begin": {
            if (!next || running) break;
            const latest = await mesh.state.latestSequence();
            const known = facts ?? latest;
            if (known < latest) outdated++;
            await beginRun(mesh.state, next, known);
            [running, facts, read] = [next, undefined, Math.max(read, known)];
            break;
          }
          case "end":
            if (running) await endRun(mesh.state, running);
            running = undefined;
            break;
          case "cancel":
            if (!next) break;
            await mesh.state.stopRun(next.id, { by: "ana", reason: "no", status: "cancelled" });
            read = Math.max(read, next.readSequence ?? 0);
            injected.cancelled++;
            break;
          case "skip":
            if (next && (await mesh.state.endWaitingRun(next.id, "skipped", "no"))) injected.skipped++;
            break;
          case "pause":
            await mesh.state.pause(subject, by);
            break;
          case "unpause":
            await mesh.state.unpause(subject, by);
            break;
        }
        expect((await set.waiting()).length).toBeLessThanOrEqual(1);
        const progress = (await mesh.state.readProgress([set.id])).get(set.id);
        expect(progress?.readSequence ?? 0, "what is taken for read was read").toBeLessThanOrEqual(read);
      }
      // Then everything goes well, and whatever may run does.
      await mesh.state.unpause(subject, by);
      if (running) await endRun(mesh.state, running);
      await muchLater();
      const scheduler = set.newScheduler();
      for (let round = 0; ; round++) {
        expect(round, "it comes to rest").toBeLessThan(5);
        await scheduler.look();
        const [next] = await set.waiting();
        if (!next) break;
        await set.begin(next);
        read = Math.max(read, await mesh.state.latestSequence());
        await endRun(mesh.state, next);
      }
      const newest = set.models.map(async (model) => (await mesh.state.published()).get(model)?.sequence ?? 0);
      const unread = (await Promise.all(newest)).filter((sequence) => sequence > read);
      expect(unread.length, "nothing new is left unread").toBeLessThanOrEqual(more.on === "all_new" ? 1 : 0);
      const begun = (await set.runs()).filter(({ status }) => status === "success");
      expect(begun.length, "no run without something new").toBeLessThanOrEqual(published + outdated);
      injected.publications += published;
      injected.runs += begun.length;
    }),
    { numRuns: 60 },
  );
  console.log("injected:", JSON.stringify(injected));
  expect(Math.min(...Object.values(injected))).toBeGreaterThan(0);
}, 120_000);
