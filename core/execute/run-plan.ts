// Owns a run that its own process executes, without a scheduler: the same tasks, claims and settlements as anywhere, over a transport in
// memory. What a task does is in `perform-task.ts`.
import { hostname } from "node:os";
import { problems } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Plan } from "../plan/index.ts";
import { createServer, recoverCrashed } from "../publish/index.ts";
import type { StoreConnection } from "../source/index.ts";
import type { Actor, NewRun, RunStatus, StateStore } from "../state/index.ts";
import { type Clock, createGate, createId, identityOf } from "../util/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import { createDispatcher } from "./dispatch.ts";
import type { RunEvent, RunResult, StepResult } from "./events.ts";
import { createInProcessTransport } from "./in-process-transport.ts";
import { type OpenRun, type Performer, performTask } from "./perform-task.ts";
import type { RunContext } from "./run-context.ts";
import { FAIL_FAST } from "./stop-reason.ts";
import { createTaskTaker } from "./take-tasks.ts";
import { WORKER_CLASSES } from "./transport.ts";
import { beginRun, indexWork, type Work } from "./work.ts";

const HEARTBEAT_MS = 5_000;
const LEASE_MS = 60_000;
/** How often a run looks for what others must let go of first, and for retries that are due. */
const LOOK_MS = 250;
const MANUAL_PRIORITY = 10;

export interface RunRequest {
  /** What the user asked for, for the record: `run`, and the selection as written. */
  readonly command: string;
  readonly selection: string;
  readonly root: string;
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly retention: { readonly builds: number; readonly minAgeMs: number };
  readonly varsOf: RunContext["varsOf"];
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  /** Connects to a store by its id; secrets are resolved there. */
  readonly connect: (store: string) => Promise<StoreConnection>;
  readonly keyring: RunContext["keyring"];
  /** The limit of a pool, as configured. */
  readonly limitOf?: (pool: string) => number | undefined;
  readonly threads: number;
  readonly failFast: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
  /** Takes secrets out of text before it is recorded or told. */
  readonly redact: (text: string) => string;
  readonly onEvent: (event: RunEvent) => void;
  /** The plan's pins hold, whatever is published now. */
  readonly samePins?: boolean;
  /** With `samePins`: the newest publication that the run where they are from had read. */
  readonly readSequence?: number | undefined;
  /** What else is recorded of the run. */
  readonly origin?: RunOrigin;
  readonly by?: Actor | undefined;
}

export type RunOrigin = Partial<Pick<NewRun, "trigger" | "createdBy" | "backfill" | "options" | "resumes" | "reason">>;

/** Runs the plan to its end. Failures of steps are in the result; it throws only when the state store itself fails. */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  const { plan, state, warehouse, clock, manifest } = request;
  const runId = createId();
  const startedMs = clock.elapsedMs();
  const { command, selection, by } = request;
  await state.recordRun(
    {
      id: runId,
      command,
      selection,
      executor: "process",
      trigger: "manual",
      priority: MANUAL_PRIORITY,
      ...identityOf(),
      ...(by && { createdBy: by.actor }),
      ...request.origin,
    },
    by && { ...by, action: "run.start", subject: runId, detail: { command, selection } },
  );
  const heartbeat = setInterval(() => void state.heartbeat(runId).catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    const { samePins = false, readSequence } = request;
    const work = await beginRun(runId, { plan, manifest, executor: "process", samePins, readSequence }, state);
    if (!work) throw problems.runLost({ runId, status: "ended by somebody else" });
    request.onEvent({ type: "run-started", runId, steps: plan.steps });
    const { status, steps } = await executeHere(runId, work, request);
    const served = Object.fromEntries(
      publishedProjects(steps, manifest).map((project) => [project, warehouse.servingLocation(project)]),
    );
    const result: RunResult = { runId, status, steps, durationMs: clock.elapsedMs() - startedMs, served };
    request.onEvent({ type: "run-finished", result });
    return result;
  } catch (error) {
    await state.markCrashed(runId).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

type Ended = Exclude<RunStatus, "running" | "waiting">;

async function executeHere(
  runId: string,
  work: Work,
  request: RunRequest,
): Promise<{ readonly status: Ended; readonly steps: readonly StepResult[] }> {
  const { state, warehouse, clock, threads } = request;
  const results: StepResult[] = [];
  const server = createServer(state, warehouse);
  const transport = createInProcessTransport();
  const index = indexWork(work);
  const run: OpenRun = {
    index,
    manifest: request.manifest,
    rootOf: () => request.root,
    varsOf: request.varsOf,
    connect: request.connect,
    known: new Map(),
  };
  const emit = (event: RunEvent): void => {
    if (event.type === "step-finished") {
      results.push(event.result);
      if (event.result.status === "failed" && request.failFast) stop("skipped", FAIL_FAST);
    }
    request.onEvent(event);
  };
  const performer: Performer = {
    state,
    warehouse,
    server,
    keyring: request.keyring,
    retention: request.retention,
    clock,
    gate: createGate(threads),
    redact: request.redact,
    emit,
  };

  let stopped: { readonly status: "cancelled" | "skipped"; readonly why: string } | undefined;
  let stopping: Promise<unknown> | undefined;
  let settle: (outcome: { readonly status: Ended } | { readonly error: unknown }) => void = () => undefined;
  const ended = new Promise<{ readonly status: Ended } | { readonly error: unknown }>((resolve) => {
    settle = resolve;
  });
  const fail = (error: unknown) => settle({ error });
  const stop = (status: "cancelled" | "skipped", why: string): void => {
    if (stopped) return;
    stopped = { status, why };
    taker.stopAll(status);
    stopInState(stopped);
  };
  const stopInState = ({ status, why }: NonNullable<typeof stopped>): void => {
    const by = request.origin?.createdBy ?? "the user";
    stopping = state.stopRun(runId, { by, reason: why, status }).then(look, fail);
  };
  const taker = createTaskTaker({
    state,
    worker: `${hostname()}:${process.pid}:${runId}`,
    leaseMs: LEASE_MS,
    clock,
    // What fails here has failed for the whole run: its own process executes it, and nobody else will.
    perform: (task, signal) =>
      performTask(task, run, performer, signal).catch((error: unknown) => {
        fail(error);
        return { kind: "lost" as const };
      }),
    onEnd: (_task, end) => {
      if (end.runEnded) settle({ status: end.runEnded as Ended });
      // It was given back in the instant in which all was stopped: nobody would take it again, and the run not end.
      else if (stopped && end.kind === "retried") stopInState(stopped);
      else if (end.released || end.kind === "retried" || stopped || dispatcher.blocked) void look();
    },
    redact: request.redact,
  });
  const dispatcher = createDispatcher({
    state,
    transport,
    scope: { runId },
    rules: () => ({
      limitOf: request.limitOf ?? (() => undefined),
      pausedModels: new Set(),
      capacityOf: () => undefined,
    }),
  });
  const look = (): Promise<void> => (stopped ? lookForEnd() : dispatcher.dispatch()).catch(fail);
  const lookForEnd = async (): Promise<void> => {
    const found = await state.getRun(runId);
    if (found && found.status !== "running") settle({ status: found.status as Ended });
  };
  const onAbort = () => stop("cancelled", "the run was cancelled");
  const timer = setInterval(() => {
    if (taker.held.length > 0) return;
    // Whatever it waits for may have died since: nobody else need be there to see it.
    const recovered = dispatcher.blocked ? recoverCrashed(state) : undefined;
    void Promise.all([recovered, look(), lookForEnd()]).catch(fail);
  }, LOOK_MS);

  const consumer = await transport.consume(WORKER_CLASSES, threads * 2, (ticket) => taker.take(ticket).catch(fail));
  try {
    if (work.tasks.length === 0) await lookForEnd();
    await look();
    if (request.signal?.aborted) onAbort();
    request.signal?.addEventListener("abort", onAbort);
    const outcome = await ended;
    await stopping;
    taker.stopAll("cancelled");
    await consumer.close();
    if ("error" in outcome) throw outcome.error;
    await server.settle();
    return { status: outcome.status, steps: [...results, ...neverBegun(results, index, stopped, request.onEvent)] };
  } finally {
    clearInterval(timer);
    request.signal?.removeEventListener("abort", onAbort);
    taker.close();
    await transport.close();
    await server.settle().catch(() => undefined);
  }
}

/** Steps of tasks that were stopped before anybody took them. */
function neverBegun(
  results: readonly StepResult[],
  { work }: ReturnType<typeof indexWork>,
  stopped: { readonly status: "cancelled" | "skipped"; readonly why: string } | undefined,
  tell: (event: RunEvent) => void,
): readonly StepResult[] {
  if (!stopped) return [];
  const known = new Set(results.map(({ step }) => step.id));
  return work.plan.steps.flatMap((step) => {
    if (known.has(step.id)) return [];
    const result: StepResult = { step, status: stopped.status, reason: stopped.why, durationMs: 0 };
    tell({ type: "step-finished", result });
    return [result];
  });
}

function publishedProjects(steps: readonly StepResult[], manifest: Manifest): readonly string[] {
  const projects = new Set<string>();
  for (const { step, status } of steps) {
    if (step.kind !== "publish" || status !== "success") continue;
    for (const id of step.models) projects.add(manifest.models[id]?.project ?? "");
  }
  return [...projects].filter(Boolean).sort();
}
