// Owns saying in people's words what a run or a task waits for. Judges by records alone.
import { describePause, type PauseRecord, pausesOn, type RunRecord, type TaskRecord } from "../state/index.ts";
import { formatTime, plural } from "./output/format.ts";

export interface Surroundings {
  readonly pauses: readonly PauseRecord[];
  readonly now: Date;
  /** Runs of its schedule that go on. */
  readonly running: readonly RunRecord[];
  /** Classes of the workers that were seen lately, and whether a scheduler was. */
  readonly classes: ReadonlySet<string>;
  readonly scheduler: boolean;
}

/** Why a run that waits has not begun. */
export function whyRunWaits(run: RunRecord, { pauses, now, running, scheduler }: Surroundings): string {
  const subject =
    run.schedule === undefined
      ? ({ kind: "system", name: "" } as const)
      : ({ kind: "schedule", name: run.schedule } as const);
  const [pause] = pausesOn(pauses, subject, now);
  if (pause)
    return `${pause.kind === "system" ? "everything" : `${pause.kind} ${pause.name}`} is ${describePause(pause)}`;
  const other = running.find(({ id, trigger }) => id !== run.id && trigger !== "manual");
  if (other && run.trigger !== "manual") return `run ${other.id} of its schedule goes on`;
  if (run.executor === "process") return "its own process begins it";
  return scheduler ? "a scheduler will begin it" : "no scheduler is running; start one: mesh scheduler";
}

/** Why a task that has not ended is not under way; undefined when it is, or has ended. */
export function whyTaskWaits(
  { status, waits, notBefore, workerClass, pools, models }: TaskRecord,
  { pauses, now, classes }: Surroundings,
): string | undefined {
  if (status === "waiting") return `waits for ${plural(waits, "step")} of other tasks`;
  if (status !== "ready" && status !== "queued") return undefined;
  if (notBefore !== undefined && notBefore > now) return `is tried again at ${formatTime(notBefore)}`;
  const subjects = [
    ...models.map((name) => ({ kind: "model" as const, name })),
    ...pools.map((name) => ({ kind: "pool" as const, name })),
  ];
  for (const subject of subjects) {
    const [pause] = pausesOn(pauses, subject, now);
    if (pause) return `${subject.kind} ${subject.name} is ${describePause(pause)}`;
  }
  if (!classes.has(workerClass)) return `no worker of class ${workerClass} is running; start one: mesh worker`;
  return status === "queued"
    ? "a worker will take it"
    : `waits for a slot of ${pools.join(", ")}, or for another build of its model`;
}
