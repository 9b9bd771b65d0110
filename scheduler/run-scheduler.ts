// Owns a scheduler from its start to its end: its duties, looks that others ask for, and the workers it may have on the same machine.
import { availableParallelism } from "node:os";
import { loadDeployed } from "../core/deploy/index.ts";
import { WORKER_CLASSES } from "../core/execute/index.ts";
import { systemClock } from "../core/util/index.ts";
import { createAlarms } from "./alarms/index.ts";
import { serveApi } from "./api/index.ts";
import { type OpenProcess, openProcess, type ProcessOptions } from "./process/index.ts";
import { schedulerDuties } from "./scheduler-duties.ts";
import { startRehearsal } from "./schedules/index.ts";
import { startWorkerProcesses, type WorkerStart } from "./worker/index.ts";

export interface SchedulerOptions extends ProcessOptions {
  /** Workers to start with it on this machine. */
  readonly workers: number;
  /** Where the HTTP API is served; nowhere unless told. */
  readonly api?: { readonly host: string; readonly port: number };
  /** Rehearse: `2026-10-25T00:00:00Z*60`. */
  readonly clock?: string;
}

/** Resolves when it has drained. Throws what keeps it from starting, and `process/replaced`. */
export async function runScheduler(options: SchedulerOptions): Promise<void> {
  const base = await openProcess("scheduler", options);
  const { runtime, state, transport, log } = base;
  if (options.clock !== undefined) {
    await startRehearsal(state, options.clock).catch(async (error: unknown) => {
      await base.end([]);
      throw error;
    });
  }
  const rehearsed = await state.scheduleClock();
  if (rehearsed) {
    const { rehearsedStart, speed } = rehearsed;
    log.warn({ rehearsedStart, speed }, "schedules and deadlines go by a rehearsed clock");
  }
  const alarms = createAlarms({ redis: base.redis, meshName: base.transportName, log, transport });
  const draining = new AbortController();
  const loop = base.startDuties(schedulerDuties(runtime, alarms), draining.signal);
  const unlisten = await transport.onSignal(() => loop.look(), ["look"]);
  const workers = startWorkerProcesses({
    count: options.workers,
    start: workerStart(options),
    env: options.env,
    cwd: options.cwd,
    log,
  });
  await base.announce({
    classes: [],
    concurrency: 0,
    readiness: [
      {
        name: "duties",
        async check() {
          const stuck = loop.standings().filter((standing) => standing.stuck);
          if (stuck.length > 0) throw new Error(`stuck: ${stuck.map(({ name }) => name).join(", ")}`);
        },
      },
    ],
  });
  const api = options.api && (await openApi(base, options.api));
  await base.untilDrained();

  draining.abort(new Error("the scheduler drains"));
  await base.end([
    ...(api ? [{ name: "api", run: () => api.close() }] : []),
    { name: "workers", run: () => workers.close() },
    { name: "signals", run: unlisten },
    { name: "duties", run: () => loop.stop() },
    { name: "alarms", run: () => alarms.close() },
  ]);
}

async function openApi(
  { state, transport, log, runtime }: OpenProcess,
  at: { readonly host: string; readonly port: number },
) {
  const redact = (text: string) => runtime.redact(text);
  const pools = Object.keys(runtime.config.scheduler.pools);
  const context = { state, transport, deployed: () => loadDeployed(state), log, clock: systemClock, redact, pools };
  const api = await serveApi(context, at);
  log.info({ url: api.url }, "the API is served");
  return api;
}

function workerStart({ cwd, target, vars, graceMs, logLevel, readableLog, workers }: SchedulerOptions): WorkerStart {
  return {
    cwd,
    ...(target !== undefined && { target }),
    ...(vars && { vars }),
    host: "127.0.0.1",
    port: 0,
    // They must have ended before the scheduler gives up waiting for them.
    graceMs: Math.max(1_000, graceMs - 2_000),
    logLevel,
    readableLog,
    classes: WORKER_CLASSES,
    concurrency: Math.max(1, Math.ceil(availableParallelism() / Math.max(1, workers))),
  };
}
