// Owns opening what every long-lived process stands on: runtime, logs, metrics, traces, Redis, heartbeat, endpoints; and closing it. What it
// does in between is its caller's.
import { hostname } from "node:os";
import { loadDeployed } from "../../core/deploy/index.ts";
import { problems } from "../../core/errors/index.ts";
import type { Transport } from "../../core/execute/index.ts";
import { openRuntime, type Runtime } from "../../core/runtime.ts";
import type { StateStore, WorkerClass } from "../../core/state/index.ts";
import { createId, systemClock } from "../../core/util/index.ts";
import type { Duty, Log } from "../duty.ts";
import { openOwnProgram, watchOwnProgram } from "../program/index.ts";
import { type FoundRedis, findRedis, lookAtRedis } from "../redis/index.ts";
import { createTracing, type Tracing } from "../tracing/index.ts";
import { createBullmqTransport, loadQueueTelemetry, transportNameOf } from "../transport/index.ts";
import { type DrainStep, drain } from "./drain.ts";
import { type DutyLoop, startDutyLoop } from "./duty-loop.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { createLog, type LogLevel } from "./log.ts";
import { openLogOutput } from "./log-output.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { type Readiness, startProbeServer } from "./probe-server.ts";

/** What both kinds of process are started with. */
export interface ProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly target?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Of the endpoints for health and metrics; port 0 is any free one. */
  readonly host: string;
  readonly port: number;
  /** How long a drain may take. */
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  readonly readableLog: boolean;
  /** Aborted: drain. */
  readonly signal: AbortSignal;
}

export interface OpenProcess {
  /** In the state store's list of processes, and in each claim of a task. */
  readonly id: string;
  readonly runtime: Runtime;
  readonly state: StateStore;
  readonly transport: Transport;
  readonly redis: FoundRedis;
  /** What queues and channels of this mesh and target are named by. */
  readonly transportName: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Until `signal` is aborted; what it gives is stopped by the caller's last steps. */
  startDuties(duties: readonly Duty[], signal: AbortSignal): DutyLoop;
  /** Tells the state store and whoever looks that the process is there. */
  announce(as: {
    readonly classes: readonly WorkerClass[];
    readonly concurrency: number;
    readonly readiness: readonly Readiness[];
  }): Promise<void>;
  /** Resolves when the process is to drain: it was told so, or its program is another by now. */
  untilDrained(): Promise<void>;
  /** Ends the process's own work by these steps, then everything opened here; gives up waiting as `graceMs` says. Throws `process/replaced`. */
  end(steps: readonly DrainStep[]): Promise<void>;
}

const PROGRAM_LOOK_MS = 1_000;

export async function openProcess(kind: "scheduler" | "worker", options: ProcessOptions): Promise<OpenProcess> {
  const { cwd, env, target, vars } = options;
  const program = watchOwnProgram(openOwnProgram(), PROGRAM_LOOK_MS);
  const runtime = await openRuntime({ cwd, env, ...(target !== undefined && { target }), ...(vars && { vars }) });
  const redact = (text: string) => runtime.redact(text);
  const output = openLogOutput((lines) =>
    log.warn({ lines }, "lines of the log were lost: standard output took none for a while"),
  );
  const log = createLog({
    write: output.write,
    redact,
    level: options.logLevel,
    readable: options.readableLog,
    fields: { process: kind },
  });
  const metrics = createMetrics(kind);
  // In the order of opening; closed the other way round.
  const opened: DrainStep[] = [{ name: "runtime", run: () => runtime.close() }];
  const onEnd = (name: string, run: () => Promise<void>) => opened.unshift({ name, run });
  let heartbeat: Heartbeat | undefined;

  try {
    const tracing = await createTracing(env, log);
    const state = await runtime.state();
    const redis = await findRedis(runtime.config, runtime.env, runtime.config.root, { mustAnswer: false });
    onEnd("redis", () => redis.close());
    for (const secret of redis.secrets) runtime.hide(secret);
    const transportName = transportNameOf(runtime.config);
    const telemetry = await loadQueueTelemetry(env, log);
    const transport = createBullmqTransport({
      redis,
      meshName: transportName,
      log,
      telemetry,
      onFailure: (doing) => metrics.transportErrors.inc({ doing }),
    });
    onEnd("transport", () => transport.close());
    const id = `${hostname()}.${process.pid}.${createId().slice(-6)}`;
    log.info(
      { id, target: runtime.config.target.name, redis: redis.place, redisKind: redis.kind },
      `the ${kind} starts`,
    );
    return {
      id,
      runtime,
      state,
      transport,
      redis,
      transportName,
      log,
      metrics,
      tracing,
      startDuties(duties, signal) {
        const context = {
          state,
          transport,
          deployed: () => loadDeployed(state),
          scheduleTime: () => state.scheduleTime(),
          signal,
          log,
        };
        return startDutyLoop({ duties, context, metrics, clock: systemClock });
      },
      async announce({ classes, concurrency, readiness }) {
        const begun = await startHeartbeat(
          state,
          { id, kind, host: hostname(), pid: process.pid, classes, concurrency },
          log,
        );
        heartbeat = begun;
        onEnd("heartbeat", () => begun.stop());
        const probes = await startProbeServer({
          host: options.host,
          port: options.port,
          metrics,
          readiness: [...standing(state, redis), ...readiness],
          redact,
        });
        onEnd("endpoints", () => probes.close());
        log.info({ host: options.host, port: probes.port }, "health and metrics are served");
      },
      async untilDrained() {
        await untilAborted(AbortSignal.any([options.signal, program.signal]));
        program.stop();
        if (!options.signal.aborted) log.error({ error: problems.programReplaced({ kind }) }, "mesh was replaced");
      },
      async end(steps) {
        metrics.draining.set(1);
        heartbeat?.drain();
        log.info({ graceMs: options.graceMs }, `the ${kind} drains`);
        const clean = await drain([...steps, ...opened], options.graceMs, log);
        log.info({ clean }, `the ${kind} has ended`);
        if (program.signal.aborted) throw problems.programReplaced({ kind });
      },
    };
  } catch (error) {
    program.stop();
    log.error({ error }, `the ${kind} could not start`);
    await drain(opened, 0, log);
    throw error;
  }
}

function standing(state: StateStore, redis: FoundRedis): readonly Readiness[] {
  return [
    { name: "state", check: async () => void (await state.now()) },
    { name: "redis", check: async () => void (await lookAtRedis(redis.address)) },
  ];
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
