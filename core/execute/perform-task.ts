// Owns one claimed task from its first step to its end: starts ready steps within the limits, settles every outcome with the task's
// fence, tells it. What a step does is in `steps/`; who claims and how long the claim holds is in `take-tasks.ts`.
import { type Diagnostic, type MeshError, problems, tellableError, toMeshError } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Step } from "../plan/index.ts";
import type { Server } from "../publish/index.ts";
import type { StoreConnection } from "../source/index.ts";
import type { BuildRecord, RunStatus, StateStore, TaskRecord, TaskRef } from "../state/index.ts";
import type { Clock, Gate } from "../util/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import { openBuildBook } from "./build-book.ts";
import type { RunEvent } from "./events.ts";
import { executeStep } from "./execute-step.ts";
import { allReleases, type EndStatus, fallenBy, releasesOf, SATISFIES } from "./fallout.ts";
import { createFrontier, type Frontier } from "./frontier.ts";
import { reasonOf } from "./make-build.ts";
import type { RunContext, StepOutcome } from "./run-context.ts";
import { createSessionHandover } from "./session-handover.ts";
import { isStateAway } from "./state-away.ts";
import { cancelledOutcome, notBegun, type StopKind, stopKindOf } from "./stop-reason.ts";
import { createStoreSessions } from "./store-sessions.ts";
import { testsOf } from "./tests-of.ts";
import type { WorkIndex } from "./work.ts";

/** A run as a process that does some of it knows it. */
export interface OpenRun {
  readonly index: WorkIndex;
  readonly manifest: Manifest;
  readonly rootOf: (project: string) => string;
  /** Variables in force in a project, for TypeScript models. */
  readonly varsOf: (project: string) => Readonly<Record<string, unknown>>;
  /** Connects to a store by its id; secrets are resolved there. */
  readonly connect: (store: string) => Promise<StoreConnection>;
  /** Build records the process has seen of it. */
  readonly known: Map<string, BuildRecord>;
}

/** What performing takes of the process it happens in. */
export interface Performer {
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly server: Server;
  readonly keyring: RunContext["keyring"];
  readonly retention: RunContext["retention"];
  readonly clock: Clock;
  /** How many steps go on at once in the process. */
  readonly gate: Gate;
  /** Takes secrets out of text before it is recorded or told. */
  readonly redact: (text: string) => string;
  readonly emit: (event: RunEvent) => void;
  /** True when what the process has not loaded yet may be gone: what fails then says nothing of the task. */
  readonly replaced?: () => boolean;
}

/** `retried`, `returned`: somebody does it again. `lost`: it was somebody else's already. */
export interface TaskEnd {
  readonly kind: "done" | "failed" | "cancelled" | "retried" | "returned" | "lost";
  readonly runEnded?: RunStatus;
  /** Other tasks became ready. */
  readonly released?: boolean;
}

/** Does the task. Failures of steps are settled and not thrown; it throws when the state store fails. */
export async function performTask(
  task: TaskRecord,
  run: OpenRun,
  performer: Performer,
  signal: AbortSignal,
): Promise<TaskEnd> {
  const steps = run.index.stepsOf(task.id);
  // Ends the task's other steps when one is to be tried again, or when nothing can be recorded any more.
  const abort = new AbortController();
  const follow = () => abort.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener("abort", follow);
  const sessions = createSessionHandover(steps);
  const stores = createStoreSessions(run.connect, abort.signal);
  try {
    const context: RunContext = {
      runId: task.runId,
      rootOf: run.rootOf,
      manifest: run.manifest,
      retention: performer.retention,
      varsOf: run.varsOf,
      state: performer.state,
      warehouse: performer.warehouse,
      builds: await openBuildBook(bookRequest(task, steps, run), performer.state),
      readStore: stores.read,
      keyring: performer.keyring,
      server: performer.server,
      sessions,
      signal: abort.signal,
      clock: performer.clock,
      emit: performer.emit,
    };
    return await runSteps({ task, steps, run, performer, context, abort, stop: () => stopKindOf(signal) });
  } catch (error) {
    if (stopKindOf(signal) === "lost" || isLost(error)) return { kind: "lost" };
    throw error;
  } finally {
    signal.removeEventListener("abort", follow);
    await sessions.closeAll();
    await stores.closeAll();
  }
}

function isLost(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "run/task-lost";
}

/** Of workers: the task is given back, and done again when the state store is there. */
const isLeftToOthers = (error: unknown, { executor }: TaskRecord): boolean =>
  executor === "workers" && isStateAway(error);

function bookRequest(task: TaskRecord, steps: readonly Step[], run: OpenRun) {
  const about = steps.flatMap(({ kind, models }) => (kind === "prune" ? [] : models));
  const reads = about.flatMap((id) => [
    id,
    ...(run.manifest.models[id]?.dependsOn.models ?? []),
    ...testsOf(run.manifest, id).flatMap(({ dependsOn }) => dependsOn),
  ]);
  return { runId: task.runId, makes: about, reads, pins: run.index.work.pins, known: run.known };
}

interface TaskJob {
  readonly task: TaskRecord;
  readonly steps: readonly Step[];
  readonly run: OpenRun;
  readonly performer: Performer;
  readonly context: RunContext;
  readonly abort: AbortController;
  /** Why the task is to stop, if it is. */
  readonly stop: () => StopKind | undefined;
}

interface Ended {
  readonly step: Step;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  /** Of a publish: the test that let it go on, not settled yet. */
  readonly tested?: Ended | undefined;
}

/** A step that goes on in the place of the one before it. */
interface Next {
  readonly step: Step;
  /** It began in the transaction that settled the one before. */
  readonly begun?: true;
  /** See `Ended`. */
  readonly tested?: Ended;
}

/** The step, taken from the frontier, that begins as this one is settled. */
type Following = (step: Step) => Step | undefined;

async function runSteps(job: TaskJob): Promise<TaskEnd> {
  const { task, steps, run, performer, abort } = job;
  const ref: TaskRef = { runId: task.runId, task: task.id, fence: task.fence };
  const frontier = createFrontier(steps);
  const settler = createSettler(job, ref, frontier);
  const mayRetry = task.attempt + 1 < task.maxAttempts;
  const readers = new Map<string, number>();
  let running = 0;
  let broken: { readonly error: unknown } | undefined;
  let retry: MeshError | undefined;
  /** Failures wait to be settled as long as the task may be done again: what falls with them stays fallen. */
  const put: Ended[] = [];

  const allowed = ({ store }: Step) =>
    store === undefined || (readers.get(store) ?? 0) < (run.manifest.stores[store]?.reading.concurrency ?? 1);
  const count = (store: string | undefined, by: number) => {
    if (store !== undefined) readers.set(store, (readers.get(store) ?? 0) + by);
  };
  /** A step that waited for this one alone: a test begins in the transaction that settles this one, a publish takes its test into its own. */
  const following = (step: Step) =>
    abort.signal.aborted
      ? undefined
      : frontier.take(
          ({ kind, store, dependsOn }) =>
            (kind === "test" || (kind === "publish" && step.kind === "test")) &&
            store === undefined &&
            dependsOn.includes(step.id),
        );
  const performOne = async (
    { step, begun, tested }: Next,
    leave: (() => void) | undefined,
  ): Promise<Next | undefined> => {
    const startedMs = performer.clock.elapsedMs();
    if (leave) {
      performer.emit({ type: "step-started", step });
      // Publishing is one transaction: it has ended when anybody could see it begin.
      if (!begun && step.kind !== "publish") await performer.state.beginStep(ref, stepRow(step));
    }
    const outcome = leave ? await attempt(step, job) : notBegun(step, job.stop());
    const ended = { step, outcome, tested, durationMs: performer.clock.elapsedMs() - startedMs };
    if (mayRetry && outcome.error?.retryable && job.stop() === undefined) {
      retry ??= outcome.error;
      abort.abort();
    }
    const stopped = job.stop();
    // What was ended because nothing can be recorded was cancelled by nobody.
    const another = mayRetry || broken !== undefined || stopped === "returned" || stopped === "lost";
    if (!another || SATISFIES.has(outcome.status)) return settler.settle(ended, following);
    put.push(ended);
    return undefined;
  };
  const perform = async (first: Step): Promise<void> => {
    const leave = await performer.gate.enter(abort.signal).catch(() => undefined);
    try {
      for (let next: Next | undefined = { step: first }; next; ) next = await performOne(next, leave);
    } finally {
      leave?.();
    }
  };
  await new Promise<void>((resolve) => {
    const pump = (): void => {
      while (!abort.signal.aborted) {
        const step = frontier.take(allowed);
        if (!step) break;
        running++;
        count(step.store, 1);
        perform(step)
          .catch((error: unknown) => {
            // What happens can no longer be recorded: nothing new begins, and nothing is left going on behind the caller's back.
            broken ??= { error };
            abort.abort();
          })
          .finally(() => {
            running--;
            count(step.store, -1);
            pump();
          });
      }
      if (running === 0) resolve();
    };
    pump();
  });
  if (broken) throw broken.error;

  const stopped = job.stop();
  if (stopped === "lost") return { kind: "lost" };
  if (stopped === "returned") return again("returned", problems.taskReturned({ task: task.id }), 0);
  if (stopped === "timeout" && mayRetry) retry ??= timedOut(task);
  // Of a run that ends nothing is done again.
  if (retry && (stopped === undefined || stopped === "timeout"))
    return again("retried", retry, task.retryDelayMs * 2 ** task.attempt);
  for (const ended of put) await settler.settle(ended);
  return settler.finish(stopped === "timeout" ? timedOut(task) : undefined);

  async function again(kind: "retried" | "returned", error: MeshError, delayMs: number): Promise<TaskEnd> {
    const why = {
      kind,
      error: tellableError(error, performer.redact),
      delayMs,
      releases: allReleases(steps, run.index),
    };
    return { kind: (await performer.state.returnTask(ref, why)) ? kind : "lost" };
  }
}

/** Keeps what has been settled of the task, so that the last settlement can end it. */
function createSettler({ task, steps, run, performer, stop }: TaskJob, ref: TaskRef, frontier: Frontier) {
  const { index } = run;
  const settled = new Set<string>();
  let failed = false;
  let released = false;
  let firstError: Diagnostic | undefined;
  let ended: TaskEnd | undefined;
  // One after another: the settlement that ends the task must be the last to arrive.
  let queue: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(body: () => Promise<T>): Promise<T> => {
    const turn = queue.then(body);
    queue = turn.catch(() => undefined);
    return turn;
  };

  const measuresOf = ({ step, outcome: { reason, rows, bytes, error } }: Ended) => ({
    ...(rows !== undefined && { rows }),
    ...(bytes !== undefined && { bytes }),
    ...(reason !== undefined && { reason }),
    ...(error && { error: tellableError(error, performer.redact, run.manifest.models[step.models[0] ?? ""]?.project) }),
  });
  const settledRow = (one: Ended) => ({
    step: one.step.id,
    kind: one.step.kind,
    model: one.step.models[0] ?? "",
    status: one.outcome.status,
    ...measuresOf(one),
  });
  const tell = (one: Ended): void => {
    const { step, outcome, durationMs } = one;
    const { status, tests, drift } = outcome;
    const result = { step, status, ...measuresOf(one), durationMs, ...(tests && { tests }), ...(drift && { drift }) };
    performer.emit({ type: "step-finished", result });
  };

  const settle = async (one: Ended, following?: Following): Promise<Next | undefined> => {
    const { step, outcome, tested } = one;
    const { status, publish, judged = tested?.outcome.judged } = outcome;
    const row = settledRow(one);
    for (const local of frontier.settle(step, status)) settled.add(local.step.id);
    settled.add(step.id);
    failed ||= !SATISFIES.has(status);
    firstError ??= row.error;
    const next = following?.(step);
    if (next?.kind === "publish") {
      tell(one);
      return { step: next, tested: one };
    }
    const fallen = fallenBy(step, status, index);
    const last = settled.size === steps.length;
    const end = !failed ? "done" : stop() === "cancelled" ? "cancelled" : "failed";
    const done = await performer.state.settleStep(ref, {
      ...(tested && { before: [settledRow(tested)] }),
      ...(next && { begins: stepRow(next) }),
      ...(judged && { judged }),
      step: row,
      fallen,
      releases: releasesOf([...(tested ? [tested.step.id] : []), step.id, ...fallen.map(({ step: id }) => id)], index),
      ...(publish && { publish: { changes: publish, action: "publish" as const } }),
      ...(last && { end, ...(firstError && { endError: firstError }) }),
    } as const);
    released ||= done.released.length > 0;
    if (last) ended = { kind: end, released, ...(done.runEnded && { runEnded: done.runEnded }) };
    for (const { project } of done.publications) performer.server.request(project);
    tell(one);
    const fell = new Set(done.fallen);
    for (const { step: id, status: how, reason: why } of fallen) {
      const other = index.steps.get(id);
      if (!fell.has(id) || !other) continue;
      performer.emit({
        type: "step-finished",
        result: { step: other, status: how, durationMs: 0, ...(why !== undefined && { reason: why }) },
      });
    }
    return next && { step: next, begun: true };
  };

  const settleOrFail = async (step: Ended, following?: Following): Promise<Next | undefined> => {
    try {
      return await settle(step, following);
    } catch (error) {
      // Not published after all: the step is settled as what became of it.
      if (!step.outcome.publish || isLost(error) || isLeftToOthers(error, task)) throw error;
      settled.delete(step.step.id);
      const stopped = (error as { code?: unknown }).code === "run/cancelled";
      const outcome = stopped ? cancelledOutcome(step.step) : failedOutcome(error, step.step, performer);
      return settle({ ...step, outcome });
    }
  };

  return {
    /** Gives the step that goes on in its place. */
    settle: (step: Ended, following?: Following) => inOrder(() => settleOrFail(step, following)),
    /** Settles what has not begun, and gives how the task ended. */
    async finish(timeout: MeshError | undefined): Promise<TaskEnd> {
      for (const step of steps) {
        if (settled.has(step.id)) continue;
        const outcome: StepOutcome = timeout ? { status: "failed", error: timeout } : notBegun(step, stop());
        await inOrder(() => settle({ step, outcome, durationMs: 0 }));
      }
      if (ended) return ended;
      throw problems.unexpected({ what: `ending ${ref.task}`, reason: "a step was settled by nobody" });
    },
  };
}

function stepRow(step: Step) {
  return { step: step.id, kind: step.kind, model: step.models[0] ?? "", reason: step.reason };
}

const timedOut = ({ id, timeoutMs = 0 }: TaskRecord) =>
  problems.taskTimedOut({ task: id, timeoutMs }, { retryable: true });

async function attempt(step: Step, { context, performer, stop, task }: TaskJob): Promise<StepOutcome> {
  try {
    return await executeStep(step, context);
  } catch (cause) {
    if (isLost(cause) || isLeftToOthers(cause, task)) throw cause;
    if (stop() === "timeout") return { status: "failed", error: timedOut(task) };
    if (context.signal.aborted) return cancelledOutcome(step);
    if (performer.replaced?.()) throw problems.programReplaced({ kind: "worker" }, { cause });
    return failedOutcome(cause, step, performer);
  }
}

function failedOutcome(
  cause: unknown,
  step: Step,
  { redact }: Performer,
): StepOutcome & { readonly status: EndStatus } {
  const error = toMeshError(cause, (unknown) => {
    if (process.env.MESH_DEBUG) process.stderr.write(`${unknown instanceof Error ? unknown.stack : String(unknown)}\n`);
    return problems.unexpected({ what: `running ${step.id}`, reason: redact(reasonOf(unknown)) }, { cause: unknown });
  });
  return { status: "failed", error };
}
