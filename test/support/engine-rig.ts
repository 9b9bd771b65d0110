// Owns a deployed mesh with workers and a sweep in the test's own process, over any transport and any state store. Processes that can be
// killed are `scheduler-processes.ts`'.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadDeployed } from "../../core/deploy/index.ts";
import {
  beginRun,
  createDispatcher,
  createTaskTaker,
  type TaskEnd,
  type TaskTaker,
  type Transport,
  WORKER_CLASSES,
} from "../../core/execute/index.ts";
import * as pipeline from "../../core/pipeline.ts";
import { openRuntime, type Runtime } from "../../core/runtime.ts";
import type { RunRecord, StateStore, TaskRecord } from "../../core/state/index.ts";
import { createId, systemClock } from "../../core/util/index.ts";
import type { Duty, DutyContext } from "../../scheduler/duty.ts";
import {
  admitDuty,
  beginResumed,
  createAdmissionRules,
  createSweepDuty,
  openPerformer,
} from "../../scheduler/engine/index.ts";
import { newRun } from "./state-runs.ts";
import { type TempMesh, withTempMesh } from "./temp-mesh.ts";

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface EngineBed {
  /** The text of `state:` in mesh.config.ts. */
  readonly state: string;
  /** A process of the mesh gets one. */
  openTransport(): Promise<Transport>;
}

export interface RigOptions {
  readonly workers?: number;
  /** Tasks at once of each worker. */
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly pools?: Readonly<Record<string, number>>;
  /** Instead of the sweep's own pace. */
  readonly sweepEveryMs?: number;
  /** What happens to a claimed task before a worker performs it: throws as a worker that dies would look to its parent. */
  readonly sabotage?: (task: TaskRecord) => void;
  /** The state store as the tasks of workers find it. */
  readonly stateOfTasks?: (state: StateStore) => StateStore;
}

export interface EngineRig {
  readonly mesh: TempMesh;
  readonly state: StateStore;
  readonly takers: readonly TaskTaker[];
  readonly context: DutyContext;
  /** Every task that a worker let go, with how it ended there. */
  readonly ends: readonly { readonly task: TaskRecord; readonly end: TaskEnd }[];
  /** Plans and begins a run of workers. */
  begin(select?: readonly string[], priority?: number): Promise<string>;
  resume(run: RunRecord): Promise<void>;
  ended(runId: string): Promise<RunRecord>;
  deploy(): Promise<void>;
}

export async function withEngine(
  files: Readonly<Record<string, string>>,
  bed: EngineBed,
  options: RigOptions,
  use: (rig: EngineRig) => Promise<void>,
): Promise<void> {
  const config = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: ${bed.state} } },
});
`;
  await withTempMesh({ "mesh.config.ts": config, ...files }, async (mesh) => {
    const closing: (() => Promise<void> | void)[] = [];
    try {
      await use(await startRig(mesh, bed, options, closing));
    } finally {
      for (const close of closing.reverse()) await close();
    }
  });
}

async function startRig(
  mesh: TempMesh,
  bed: EngineBed,
  { workers = 2, concurrency = 2, leaseMs = 10_000, pools = {}, sweepEveryMs = 100, ...options }: RigOptions,
  closing: (() => Promise<void> | void)[],
): Promise<EngineRig> {
  const openOne = async (): Promise<Runtime> => {
    const runtime = await openRuntime({ cwd: mesh.root });
    closing.push(() => runtime.close());
    return runtime;
  };
  const deploy = async () => {
    const opened = await mesh.open();
    const { ok } = await opened.deploy({ by: { actor: "test", via: "cli" } });
    if (!ok) throw new Error("the mesh of the test cannot be deployed");
    await opened.close();
  };
  await deploy();
  const runtime = await openOne();
  const state = await runtime.state();
  const transport = await bed.openTransport();
  const abort = new AbortController();
  const context: DutyContext = {
    state,
    transport,
    deployed: () => loadDeployed(state),
    scheduleTime: () => state.now(),
    signal: abort.signal,
    log: quiet,
  };
  const ends: { task: TaskRecord; end: TaskEnd }[] = [];
  const takers: TaskTaker[] = [];
  for (let i = 0; i < workers; i++) {
    const own = await openOne();
    const [ownState, ownTransport] = [await own.state(), await bed.openTransport()];
    const taskState = options.stateOfTasks?.(ownState) ?? ownState;
    const performer = await openPerformer({
      runtime: { ...own, state: async () => taskState },
      threads: concurrency,
      emit: () => undefined,
    });
    const rules = createAdmissionRules(ownState, pools);
    const dispatcher = createDispatcher({
      state: ownState,
      transport: ownTransport,
      scope: { executor: "workers" },
      rules,
    });
    const id = `worker-${i}-${createId()}`;
    const taker = createTaskTaker({
      state: ownState,
      worker: id,
      leaseMs,
      clock: systemClock,
      perform: async (task, signal) => {
        options.sabotage?.(task);
        return performer.perform(task, signal);
      },
      onEnd: (task, end) => {
        ends.push({ task, end });
        dispatcher.dispatch().catch(() => undefined);
      },
      redact: (text) => text,
    });
    takers.push(taker);
    await ownState.keepWorker({
      id,
      kind: "worker",
      host: "here",
      pid: process.pid,
      classes: WORKER_CLASSES,
      concurrency,
    });
    const beat = setInterval(
      () =>
        void ownState
          .keepWorker({ id, kind: "worker", host: "here", pid: process.pid, classes: WORKER_CLASSES, concurrency })
          .catch(() => undefined),
      5_000,
    );
    const consumer = await ownTransport.consume(WORKER_CLASSES, concurrency, (ticket) => taker.take(ticket));
    const endListening = await ownTransport.onSignal((signal) => {
      if (signal.topic === "stop") void taker.look();
    });
    closing.push(async () => {
      clearInterval(beat);
      taker.stopAll("returned");
      await consumer.close();
      await endListening();
      taker.close();
      await performer.close();
    });
  }
  const sweeping = keepDoing([admitDuty(pools), createSweepDuty(leaseMs)], context, sweepEveryMs, abort.signal);
  closing.push(async () => {
    abort.abort();
    await sweeping;
  });
  return {
    mesh,
    state,
    takers,
    context,
    ends,
    deploy,
    async begin(select = [], priority = 10) {
      const run = await state.recordRun(newRun({ executor: "workers", selection: select.join(" "), priority }));
      if (!run) throw new Error("the run was not recorded");
      const { manifest, ids } = await loadDeployed(state);
      const plan = pipeline.plan(
        manifest,
        await pipeline.gatherFacts(state, manifest),
        select.length > 0 ? { select } : {},
      );
      await beginRun(run.id, { plan, manifest, executor: "workers", deployments: ids }, state);
      return run.id;
    },
    async resume(run) {
      await beginResumed(run, state);
    },
    async ended(runId) {
      for (;;) {
        const run = await state.getRun(runId);
        if (run && run.status !== "running" && run.status !== "waiting") return run;
        await sleep(20);
      }
    },
  };
}

async function keepDoing(
  duties: readonly Duty[],
  context: DutyContext,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const duty of duties) await duty.run(context).catch(() => undefined);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A layered graph in which every model reads two of the layer above, so that diamonds are everywhere. Each adds one to the largest it
 * reads; the first layer reads a number from a file, so that a child of another round than its parents is seen by its value. */
export function diamonds(layers: number, width: number): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    "projects/shop/project.yml": "name: shop\nowner: { team: Shop, email: shop@example.com }\n",
  };
  const name = (layer: number, i: number) => `m${layer}_${i % width}`;
  for (let i = 0; i < width; i++)
    files[`projects/shop/models/${name(0, i)}.ts`] = `import { readFileSync } from "node:fs";
import { defineModel } from "mesh-elt";
export default defineModel({
  columns: { v: "bigint" },
  async *rows() {
    yield { v: BigInt(readFileSync(process.env.MESH_TEST_ROUND ?? "", "utf8")) };
  },
});
`;
  for (let layer = 1; layer < layers; layer++)
    for (let i = 0; i < width; i++)
      files[`projects/shop/models/${name(layer, i)}.sql`] = `{{ config(materialized='table') }}
select greatest(a.v, b.v) + 1 as v from {{ ref('${name(layer - 1, i)}') }} a, {{ ref('${name(layer - 1, i + 1)}') }} b
`;
  return files;
}

/** The number that the first layer of `diamonds` reads. */
export async function setRound(mesh: TempMesh, round: number): Promise<void> {
  process.env.MESH_TEST_ROUND = join(mesh.root, "round.txt");
  await writeFile(process.env.MESH_TEST_ROUND, String(round));
}
