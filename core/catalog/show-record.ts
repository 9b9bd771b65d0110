// Owns what is shown of the state store's records: the fields that everybody may see, with times as ISO text.
import type { Diagnostic } from "../errors/index.ts";
import type {
  AttemptRecord,
  AuditRecord,
  BuildRecord,
  DeploymentRecord,
  MuteRecord,
  PauseRecord,
  Publication,
  RunRecord,
  StateEvent,
  StepRecord,
  TaskRecord,
  WorkerRecord,
} from "../state/index.ts";
import type { ShownDeployment } from "./deployment-shapes.ts";
import type {
  ShownAttempt,
  ShownAudit,
  ShownBuild,
  ShownEvent,
  ShownMute,
  ShownPause,
  ShownPublication,
  ShownRun,
  ShownStep,
  ShownTask,
  ShownUnpaused,
  ShownWorker,
} from "./shapes.ts";

/** The fields named, without those that are absent, and instants as text. */
export function pick<T extends object>(record: T, names: readonly (keyof T)[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = record[name];
      if (value === undefined) return [];
      return [[name, value instanceof Date ? value.toISOString() : value]];
    }),
  );
}

const shownError = ({ level, code, message, help, location, project }: Diagnostic): Diagnostic => ({
  level,
  code,
  message,
  help,
  ...(location && { location }),
  ...(project !== undefined && { project }),
});
const withError = (error: Diagnostic | undefined) => (error ? { error: shownError(error) } : {});

export const showRun = (run: RunRecord): ShownRun =>
  pick(run, [
    "id",
    "command",
    "selection",
    "status",
    "startedAt",
    "finishedAt",
    "executor",
    "trigger",
    "createdBy",
    "priority",
    "raisedFrom",
    "raisedBecause",
    "schedule",
    "scheduleKey",
    "logicalAt",
    "backfill",
    "resumes",
    "reason",
    "cancelRequestedAt",
    "cancelledBy",
    "cancelReason",
    "host",
    "pid",
    "heartbeatAt",
  ]) as ShownRun;

export const showStep = (step: StepRecord): ShownStep =>
  ({
    ...pick(step, ["step", "kind", "model", "status", "reason", "startedAt", "finishedAt", "rows", "bytes"]),
    ...withError(step.error),
  }) as ShownStep;

export const showTask = (task: TaskRecord): ShownTask =>
  ({
    ...pick(task, [
      "id",
      "status",
      "workerClass",
      "models",
      "pools",
      "waits",
      "attempt",
      "maxAttempts",
      "losses",
      "readyAt",
      "notBefore",
      "queuedAt",
      "startedAt",
      "finishedAt",
      "worker",
    ]),
    ...withError(task.error),
  }) as ShownTask;

export const showAttempt = (attempt: AttemptRecord): ShownAttempt =>
  ({
    ...pick(attempt, ["task", "fence", "attempt", "worker", "startedAt", "finishedAt", "outcome"]),
    ...withError(attempt.error),
  }) as ShownAttempt;

/** Without watermark, position and window: those are values of columns. */
export const showBuild = (build: BuildRecord, published: boolean): ShownBuild =>
  ({
    ...pick(build, ["id", "model", "runId", "status", "createdAt", "asOf", "rows", "bytes"]),
    published,
    inputs: Object.fromEntries(Object.entries(build.inputs).map(([model, { buildId }]) => [model, buildId])),
  }) as ShownBuild;

export const showPublication = (publication: Publication): ShownPublication =>
  pick(publication, [
    "sequence",
    "model",
    "project",
    "buildId",
    "previousBuildId",
    "runId",
    "action",
    "publishedAt",
  ]) as ShownPublication;

export const showWorker = (worker: WorkerRecord): ShownWorker =>
  pick(worker, ["id", "kind", "host", "pid", "classes", "concurrency", "startedAt", "heartbeatAt"]) as ShownWorker;

export const showDeployment = (deployment: DeploymentRecord, current: boolean): ShownDeployment =>
  ({
    ...pick(deployment, ["id", "sequence", "project", "target", "by", "deployedAt", "commit", "note"]),
    current,
  }) as ShownDeployment;

export const showPause = (pause: PauseRecord): ShownPause =>
  pick(pause, ["kind", "name", "by", "why", "since", "until", "endedAt", "endedBy"]) as ShownPause;

export const showUnpaused = ({ ended, held }: Record<"ended" | "held", readonly PauseRecord[]>): ShownUnpaused => ({
  ended: ended.map(showPause),
  held: held.map(showPause),
});

export const showMute = (mute: MuteRecord): ShownMute =>
  pick(mute, ["subject", "by", "why", "since", "until", "endedAt", "endedBy"]) as ShownMute;

export const showAudit = (entry: AuditRecord): ShownAudit =>
  pick(entry, ["sequence", "at", "actor", "via", "action", "subject", "detail", "hash"]) as ShownAudit;

export const showEvent = (event: StateEvent): ShownEvent =>
  pick(event, ["kind", "at", "runId", "subject", "status", "detail"]) as ShownEvent;
