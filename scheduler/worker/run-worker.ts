// Owns a worker from its start to its end: what it opens, what it takes, how it drains. What a task does is in its child processes.
import { createDispatcher, createTaskTaker, type RunEvent, type StepProgress } from "../../core/execute/index.ts";
import type { StateStore, WorkerClass } from "../../core/state/index.ts";
import { systemClock } from "../../core/util/index.ts";
import { createCopiesDuty } from "../deployments/index.ts";
import { createAdmissionRules } from "../engine/index.ts";
import { type Metrics, openProcess, type ProcessOptions } from "../process/index.ts";
import { programOf } from "../program/index.ts";
import { createChildPool } from "./child-pool.ts";
import { createPerformInChild } from "./perform-in-child.ts";

export interface WorkerOptions extends ProcessOptions {
  readonly classes: readonly WorkerClass[];
  /** Tasks at once, each in a child process of its own. */
  readonly concurrency: number;
  /** Limit of JavaScript's memory in a child process; Node's own unless told. */
  readonly childMemoryBytes?: number;
  /** A child process that holds more after a task is replaced. */
  readonly childRssBytes?: number;
  readonly childTasks?: number;
}

const CHILD_RSS_BYTES = 2e9;
/** Starting a child and warming it costs the CPU of some forty tasks: measured, ten of fifty milliseconds a task when replaced after 200. */
const CHILD_TASKS = 1_000;
/** Of the grace; the rest is for giving back what has not ended. */
const ENDING_SHARE = 0.75;

/** Resolves when it has drained. Throws what keeps it from starting, and `process/replaced`. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { classes, concurrency, graceMs } = options;
  const base = await openProcess("worker", options);
  const { runtime, state, transport, log, metrics } = base;
  const leaseMs = runtime.config.scheduler.leaseMs;
  const redact = (text: string) => runtime.redact(text);
  let drainEndMs = Number.POSITIVE_INFINITY;

  const pool = createChildPool({
    program: childProgram(options),
    size: concurrency,
    maxWorks: options.childTasks ?? CHILD_TASKS,
    maxRssBytes: options.childRssBytes ?? CHILD_RSS_BYTES,
    log,
    metrics,
    redact,
    onSecret: (text) => runtime.hide(text),
  });
  const onEvent = (event: RunEvent): void => {
    if (event.type !== "step-finished") return;
    const { step, status, durationMs } = event.result;
    metrics.stepSeconds.observe({ kind: step.kind, status }, durationMs / 1000);
  };
  // For those who watch; whoever misses it reads the state store.
  const onProgress = (runId: string, steps: readonly StepProgress[]): void =>
    void transport.signal({ topic: "progress", runId, steps });
  const dispatcher = createDispatcher({
    state,
    transport,
    scope: { executor: "workers" },
    rules: createAdmissionRules(state, runtime.config.scheduler.pools),
  });
  /** What the end of a task let go on is admitted at once; what fails here the schedulers do within a second. */
  const goOn = (): void =>
    void dispatcher.dispatch().catch((error: unknown) => log.debug({ error }, "tasks could not be admitted here"));
  const taker = createTaskTaker({
    state: countRenewals(state, metrics),
    worker: base.id,
    leaseMs,
    clock: systemClock,
    redact,
    perform: createPerformInChild({
      pool,
      state,
      metrics,
      tracing: base.tracing,
      leaseMs,
      drainLeftMs: () => Math.max(1_000, drainEndMs - performance.now()),
      onEvent,
      onProgress,
    }),
    onEnd({ runId, id, fence, losses }, end) {
      log.info({ run: runId, task: id, fence, losses, ...end }, "a task ended");
      goOn();
      if (end.runEnded) void transport.signal({ topic: "look", why: `run ${runId} ended` });
    },
    onTrouble({ what, task, error }) {
      if (what === "lease-given-up") metrics.leasesLost.inc();
      log.warn(
        { what, ...(task && { run: task.runId, task: task.task }), ...(error !== undefined && { error }) },
        "trouble with a task",
      );
    },
  });
  const unlisten = await transport.onSignal(() => void taker.look(), ["stop"]);
  const consumer = await transport.consume(classes, concurrency, (ticket) => taker.take(ticket));
  const draining = new AbortController();
  const duties = base.startDuties([createCopiesDuty(runtime.config.root)], draining.signal);
  await base.announce({ classes, concurrency, readiness: [] });
  await base.untilDrained();

  draining.abort(new Error("the worker drains"));
  drainEndMs = performance.now() + graceMs;
  const giveBack = setTimeout(() => {
    if (taker.held.length === 0) return;
    log.info({ tasks: taker.held.map(({ id }) => id) }, "what has not ended is given back");
    taker.stopAll("returned");
  }, graceMs * ENDING_SHARE);
  await base.end([
    { name: "tasks", run: () => consumer.close() },
    {
      name: "children",
      run: async () => {
        clearTimeout(giveBack);
        taker.close();
        await pool.close(AbortSignal.timeout(Math.ceil(Math.max(1_000, drainEndMs - performance.now()))));
      },
    },
    { name: "signals", run: unlisten },
    { name: "duties", run: () => duties.stop() },
  ]);
}

function countRenewals(state: StateStore, metrics: Metrics): StateStore {
  return {
    ...state,
    async renewLeases(...asked) {
      try {
        const states = await state.renewLeases(...asked);
        metrics.leaseRenewals.inc({ outcome: "ok" });
        metrics.leasesLost.inc(states.filter(({ state: found }) => found === "lost").length);
        return states;
      } catch (error) {
        metrics.leaseRenewals.inc({ outcome: "error" });
        throw error;
      }
    },
  };
}

/** Once for a whole worker: DuckDB in each child takes its share of the memory, not all of it. */
function childProgram({ cwd, env, target, vars, concurrency, childMemoryBytes }: WorkerOptions) {
  const start = { cwd, target, vars, memoryShare: 1 / concurrency };
  return {
    ...programOf("./task-child", import.meta.url, [JSON.stringify(start)]),
    execArgv: childMemoryBytes === undefined ? [] : [`--max-old-space-size=${Math.floor(childMemoryBytes / 2 ** 20)}`],
    // Read once, when a process starts: SQL at work must leave threads for files and names of hosts.
    env: { ...env, UV_THREADPOOL_SIZE: env.UV_THREADPOOL_SIZE ?? "16" },
    cwd,
  };
}
