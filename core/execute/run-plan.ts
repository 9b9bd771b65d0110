// Owns the in-process loop: starts ready steps within the limits, records and tells every outcome. What a step does is in `steps/`.
import { hostname } from "node:os";
import { type MeshError, problems, toDiagnostic, toMeshError } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Plan, Step } from "../plan/index.ts";
import { createServer } from "../publish/index.ts";
import type { StoreConnection } from "../source/index.ts";
import type { BuildRecord, StateStore } from "../state/index.ts";
import { type Clock, createId } from "../util/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import { createBuildBook } from "./build-book.ts";
import type { RunEvent, RunResult, StepResult } from "./events.ts";
import { executeStep } from "./execute-step.ts";
import { createFrontier, type Settled } from "./frontier.ts";
import { reasonOf } from "./make-build.ts";
import type { RunContext, StepOutcome } from "./run-context.ts";
import { createSessionHandover } from "./session-handover.ts";
import { createStoreSessions } from "./store-sessions.ts";

const HEARTBEAT_MS = 5_000;

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
  readonly threads: number;
  readonly failFast: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
  /** Takes secrets out of text before it is recorded or told. */
  readonly redact: (text: string) => string;
  readonly onEvent: (event: RunEvent) => void;
}

/** Runs the plan to its end. Failures of steps are in the result; it throws only when the state store itself fails. */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  const { plan, state, warehouse, clock } = request;
  const runId = createId();
  const startedMs = clock.elapsedMs();
  await state.startRun({
    id: runId,
    command: request.command,
    selection: request.selection,
    host: hostname(),
    pid: process.pid,
  });
  const heartbeat = setInterval(() => void state.heartbeat(runId).catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();

  const abort = new AbortController();
  const onOuterAbort = () => abort.abort();
  if (request.signal?.aborted) abort.abort();
  request.signal?.addEventListener("abort", onOuterAbort);
  const stores = createStoreSessions(request.connect, abort.signal);
  const server = createServer(state, warehouse);
  const sessions = createSessionHandover(plan);

  try {
    const context: RunContext = {
      runId,
      root: request.root,
      manifest: request.manifest,
      plan,
      retention: request.retention,
      varsOf: request.varsOf,
      state,
      warehouse,
      builds: await openBuildBook(request),
      readStore: stores.read,
      keyring: request.keyring,
      server,
      sessions,
      signal: abort.signal,
      clock,
      emit: request.onEvent,
    };
    request.onEvent({ type: "run-started", runId, steps: plan.steps });
    const steps = await runSteps(request, context, abort, stores.release);
    await sessions.closeAll();
    await stores.closeAll();
    await server.settle();
    const status = request.signal?.aborted
      ? "cancelled"
      : steps.some((step) => FAILED.has(step.status))
        ? "failed"
        : "success";
    await state.finishRun(runId, status);
    const served = Object.fromEntries(
      publishedProjects(steps, request.manifest).map((project) => [project, warehouse.servingLocation(project)]),
    );
    const result: RunResult = { runId, status, steps, durationMs: clock.elapsedMs() - startedMs, served };
    request.onEvent({ type: "run-finished", result });
    return result;
  } catch (error) {
    await state.finishRun(runId, "failed").catch(() => undefined);
    throw error;
  } finally {
    clearInterval(heartbeat);
    request.signal?.removeEventListener("abort", onOuterAbort);
    await sessions.closeAll();
    await stores.closeAll();
  }
}

const FAILED: ReadonlySet<StepResult["status"]> = new Set<StepResult["status"]>([
  "failed",
  "skipped",
  "held",
  "cancelled",
  "crashed",
]);

async function openBuildBook({ plan, state, manifest }: RunRequest) {
  const publications = await state.published();
  const records = await state.getBuilds([
    ...new Set([...[...publications.values()].map((p) => p.buildId), ...Object.values(plan.pins)]),
  ]);
  const published = new Map<string, BuildRecord>();
  for (const [model, publication] of publications) {
    const record = records.get(publication.buildId);
    if (record && manifest.models[model]) published.set(model, record);
  }
  const pinned = new Map<string, BuildRecord>();
  for (const [model, id] of Object.entries(plan.pins)) {
    const record = records.get(id);
    if (record) pinned.set(model, record);
  }
  return createBuildBook(state, published, pinned);
}

function runSteps(
  request: RunRequest,
  context: RunContext,
  abort: AbortController,
  releaseStore: (store: string) => Promise<void>,
): Promise<readonly StepResult[]> {
  const { plan, manifest, state, clock } = request;
  const frontier = createFrontier(plan.steps);
  const results: StepResult[] = [];
  const readersOfStore = new Map<string, number>();
  const extractsLeft = new Map<string, number>();
  for (const step of plan.steps)
    if (step.store !== undefined) extractsLeft.set(step.store, (extractsLeft.get(step.store) ?? 0) + 1);
  let running = 0;
  let broken: { readonly error: unknown } | undefined;

  const allowed = (step: Step) =>
    step.store === undefined ||
    (readersOfStore.get(step.store) ?? 0) < (manifest.stores[step.store]?.reading.concurrency ?? 1);

  return new Promise((resolve, reject) => {
    const tell = async (result: StepResult): Promise<void> => {
      results.push(result);
      context.emit({ type: "step-finished", result });
      const { store } = result.step;
      if (store !== undefined) {
        const left = (extractsLeft.get(store) ?? 1) - 1;
        extractsLeft.set(store, left);
        if (left === 0) await releaseStore(store);
      }
    };
    const start = (step: Step): Promise<void> =>
      state.startStep({
        runId: context.runId,
        step: step.id,
        kind: step.kind,
        model: step.models[0] ?? "",
        reason: step.reason,
      });
    /** A step that never began. */
    const dismiss = async (step: Step, status: Settled, reason: string): Promise<void> => {
      await start(step);
      await state.finishStep(context.runId, step.id, { status, reason });
      await tell({ step, status, reason, durationMs: 0 });
    };
    const perform = async (step: Step): Promise<void> => {
      const startedMs = clock.elapsedMs();
      context.emit({ type: "step-started", step });
      await start(step);
      const outcome = await attempt(step, context, request.redact);
      const error =
        outcome.error &&
        redactDiagnostic(
          toDiagnostic(outcome.error, "error", manifest.models[step.models[0] ?? ""]?.project),
          request.redact,
        );
      const { status, reason, rows, bytes, tests, drift } = outcome;
      const measured = {
        ...(rows !== undefined && { rows }),
        ...(bytes !== undefined && { bytes }),
        ...(reason !== undefined && { reason }),
        ...(error && { error }),
      };
      await state.finishStep(context.runId, step.id, { status, ...measured });
      await tell({
        step,
        status,
        ...measured,
        durationMs: clock.elapsedMs() - startedMs,
        ...(tests && { tests }),
        ...(drift && { drift }),
      });
      if (status === "failed" && request.failFast) abort.abort();
      for (const fallen of frontier.settle(step, status))
        await dismiss(fallen.step, fallen.status, becauseOf(step, status));
    };
    const pump = (): void => {
      while (!abort.signal.aborted && running < request.threads) {
        const step = frontier.take(allowed);
        if (!step) break;
        running++;
        if (step.store !== undefined) readersOfStore.set(step.store, (readersOfStore.get(step.store) ?? 0) + 1);
        perform(step)
          .catch((error: unknown) => {
            // What happens can no longer be recorded: nothing new begins, and nothing is left going on behind the caller's back.
            broken ??= { error };
            abort.abort();
          })
          .then(() => {
            running--;
            if (step.store !== undefined) readersOfStore.set(step.store, (readersOfStore.get(step.store) ?? 1) - 1);
            pump();
          }, reject);
      }
      if (running > 0) return;
      if (broken) reject(broken.error);
      else finishLeftOvers().then(() => resolve(results), reject);
    };
    const finishLeftOvers = async (): Promise<void> => {
      const status: Settled = request.signal?.aborted ? "cancelled" : "skipped";
      const why = request.signal?.aborted ? "the run was cancelled" : "--fail-fast: another step failed";
      for (const step of frontier.drain()) await dismiss(step, status, why);
    };
    pump();
  });
}

/** Why what waits for the step does not run: always the step that is at fault, however far away. */
function becauseOf({ kind, models }: Step, status: Settled): string {
  const what = status === "cancelled" ? "was cancelled" : kind === "test" ? "failed its tests" : "failed";
  return `${models.join(", ")} ${what}`;
}

async function attempt(step: Step, context: RunContext, redact: (text: string) => string): Promise<StepOutcome> {
  try {
    return await executeStep(step, context);
  } catch (cause) {
    if (context.signal.aborted)
      return { status: "cancelled", reason: "the run was cancelled", error: problems.cancelled({ what: step.id }) };
    const error: MeshError = toMeshError(cause, (unknown) => {
      if (process.env.MESH_DEBUG)
        process.stderr.write(`${unknown instanceof Error ? unknown.stack : String(unknown)}\n`);
      return problems.unexpected({ what: `running ${step.id}`, reason: redact(reasonOf(unknown)) }, { cause: unknown });
    });
    return { status: "failed", error };
  }
}

function redactDiagnostic<D extends { readonly message: string; readonly help: string }>(
  diagnostic: D,
  redact: (text: string) => string,
): D {
  return { ...diagnostic, message: redact(diagnostic.message), help: redact(diagnostic.help) };
}

function publishedProjects(steps: readonly StepResult[], manifest: Manifest): readonly string[] {
  const projects = new Set<string>();
  for (const { step, status } of steps) {
    if (step.kind !== "publish" || status !== "success") continue;
    for (const id of step.models) projects.add(manifest.models[id]?.project ?? "");
  }
  return [...projects].filter(Boolean).sort();
}
