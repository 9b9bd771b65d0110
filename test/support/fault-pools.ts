// Owns whether pools held while things were broken: by the models' own notes, and by the leases in the state store. Breaks nothing.
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import type { AttemptRecord, TaskRecord } from "../../core/state/index.ts";
import { LONG, pidOfWorker } from "./fault-checks.ts";
import type { MeshProcess, Note, ProcessBed } from "./scheduler-processes.ts";

/** For the bed's `pools`; which models are in them, see `GraphShape`. */
export const POOLS = { one: 1, two: 2 } as const;

/** A worker that is killed takes its children with it within a second; `test/scheduler/worker.test.ts` holds it to that. */
const DEATH_MS = 1_000;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LeaseWatch {
  /** Ends it; how many tasks of each pool had a live lease at once. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

/** Looks again and again at who holds what of these runs; more may be added to the list. */
export function watchLeases({ state }: ProcessBed, runs: readonly string[]): LeaseWatch {
  const most = new Map<string, number>();
  let going = true;
  const looking = (async () => {
    while (going) {
      const tasks = (await Promise.all(runs.map((run) => state.listTasks(run)))).flat();
      // Asked afterwards: what had ended by then may have been given to others by then.
      const now = await state.now();
      const held = tasks.filter(({ status, leaseUntil }) => status === "running" && leaseUntil && leaseUntil > now);
      for (const pool of Object.keys(POOLS)) {
        const count = held.filter(({ pools }) => pools.includes(pool)).length;
        most.set(pool, Math.max(most.get(pool) ?? 0, count));
      }
      // Each look costs a few milliseconds of a processor; models that take notes hold their leases for longer.
      await wait(LONG ? 20 : 40);
    }
  })();
  return {
    async stop() {
      going = false;
      await looking;
      return most;
    },
  };
}

/**
 * Of each pool no more models were at work at once than its limit. A model is at work from its first note to its last while its attempt is its
 * worker's. A zombie is at work no longer than a second after its worker was killed or stopped: what it does after that, it does when
 * its slot is another's; it is counted apart, and can publish nothing.
 */
export async function expectPoolsHeld(
  bed: ProcessBed,
  runs: readonly string[],
  byLeases: ReadonlyMap<string, number>,
): Promise<void> {
  const { spans, zombies } = spansOfPools({
    tasks: (await Promise.all(runs.map((run) => bed.state.listTasks(run)))).flat(),
    attempts: (await Promise.all(runs.map((run) => bed.state.listAttempts(run)))).flat(),
    notes: await bed.notes(),
    workers: bed.started,
  });
  const told = Object.entries(POOLS).map(([pool, limit]) => {
    const noted = mostAtOnce(spans.get(pool) ?? []);
    return { pool, limit, noted, leased: byLeases.get(pool) ?? 0, models: spans.get(pool)?.length ?? 0 };
  });
  for (const { pool, limit, noted, leased, models } of told)
    console.log(
      `pool ${pool} of ${limit}: at most ${noted} at once by the notes of ${models} models, ${leased} by leases`,
    );
  console.log(`zombies at work after their slot was given back: ${zombies}`);
  for (const { pool, limit, noted, leased } of told) {
    expect(noted, `models of pool ${pool} at once, by their notes`).toBeLessThanOrEqual(limit);
    expect(leased, `tasks of pool ${pool} at once, by their leases`).toBeLessThanOrEqual(limit);
    expect(Math.min(noted, leased), `pool ${pool} was used`).toBeGreaterThan(0);
  }
}

export interface PoolEvidence {
  readonly tasks: readonly Pick<TaskRecord, "id" | "models" | "pools">[];
  readonly attempts: readonly Pick<AttemptRecord, "task" | "worker" | "startedAt" | "finishedAt" | "outcome">[];
  readonly notes: readonly Note[];
  /** When each worker was killed or stopped. */
  readonly workers: readonly Pick<MeshProcess, "pid" | "broken">[];
}

export interface PoolSpans {
  /** When a model of the pool was at work. */
  readonly spans: ReadonlyMap<string, readonly Span[]>;
  /** Models that noted their end when their slot was another's. */
  readonly zombies: number;
}

export function spansOfPools({ tasks, attempts, notes, workers }: PoolEvidence): PoolSpans {
  const spans = new Map<string, Span[]>();
  let zombies = 0;
  for (const [i, { model, what, pid, parent, atMs }] of notes.entries()) {
    if (what !== "begin") continue;
    const task = tasks.find(({ models }) => models.some((id) => id.endsWith(`.${model}`)));
    const attempt = attempts
      .filter((one) => one.task === task?.id && pidOfWorker(one.worker) === parent && one.startedAt.getTime() <= atMs)
      .at(-1);
    const next = notes.slice(i + 1).find((note) => note.model === model && note.pid === pid);
    const endMs = next?.what === "end" ? next.atMs : Number.POSITIVE_INFINITY;
    const finishedMs = attempt?.finishedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    const lost = attempt?.outcome === "lost" || attempt?.outcome === "quarantined";
    const brokenMs = workers
      .find((one) => one.pid === parent)
      ?.broken.find((at) => at >= (attempt?.startedAt.getTime() ?? 0));
    const cutMs = lost && brokenMs !== undefined ? brokenMs + DEATH_MS : Number.POSITIVE_INFINITY;
    if (lost && next?.what === "end" && endMs > finishedMs) zombies++;
    const toMs = Math.min(endMs, finishedMs, cutMs);
    if (toMs < atMs) continue;
    for (const pool of task?.pools ?? []) spans.set(pool, [...(spans.get(pool) ?? []), { fromMs: atMs, toMs }]);
  }
  return { spans, zombies };
}

export function mostAtOnce(spans: readonly Span[]): number {
  const changes = spans.flatMap(({ fromMs, toMs }) => [[fromMs, 1] as const, [toMs, -1] as const]);
  let [now, most] = [0, 0];
  for (const [, by] of changes.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
