// Owns how one run is shown: what it is, why it waits, its tasks and their attempts. Reads nothing.
import type { AttemptRecord, RunRecord, TaskRecord } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import { linesOf, printable } from "./display-width.ts";
import { formatTime } from "./format.ts";
import type { Colors } from "./output.ts";
import { formatTable } from "./table.ts";

export interface RunDetail {
  readonly run: RunRecord;
  readonly tasks: readonly (TaskRecord & { readonly why?: string })[];
  readonly attempts: readonly AttemptRecord[];
  /** Of a run that has not begun. */
  readonly why?: string;
  /** What its logical date stands for. */
  readonly interval?: { readonly from: Date; readonly until: Date };
}

export function formatRunDetail({ run, tasks, attempts, why, interval }: RunDetail, colors: Colors): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["run", run.id],
    ["status", why === undefined ? run.status : `${run.status}: ${why}`],
    ["trigger", run.createdBy === undefined ? run.trigger : `${run.trigger}, by ${run.createdBy}`],
    ["schedule", run.schedule],
    [
      "logical date",
      run.logicalAt && `${run.logicalAt.toISOString()}${interval ? ` (since ${interval.from.toISOString()})` : ""}`,
    ],
    ["reason", run.reason],
    ["priority", sayRaised(run)],
    ["selection", run.selection === "" ? "everything" : run.selection],
    ["started", formatTime(run.startedAt)],
    ["ended", run.finishedAt && `${formatTime(run.finishedAt)}, after ${tookOf(run.startedAt, run.finishedAt)}`],
    ["resumes", run.resumes],
    ["backfill", run.backfill],
    ["cancelled", run.cancelledBy && `by ${run.cancelledBy}: ${run.cancelReason ?? ""}`],
  ];
  const width = Math.max(...facts.map(([title]) => title.length));
  const head = facts.flatMap(([title, value]) => (value ? [`${title.padEnd(width)}  ${printable(value)}`] : []));
  const parts = [head.join("\n")];
  if (tasks.length > 0) parts.push(taskTable(tasks, colors));
  const told = attempts.filter(({ outcome }) => outcome !== undefined && outcome !== "done");
  if (told.length > 0) parts.push(attemptTable(told, colors));
  return [...parts, ...sayFailures(tasks, colors)].join("\n\n");
}

/** What made tasks fail, in full: a table has room for its beginning only. */
export function sayFailures(
  tasks: readonly {
    readonly id: string;
    readonly status: string;
    readonly error?:
      | { readonly code: string; readonly message: string; readonly help?: string | undefined }
      | undefined;
  }[],
  colors: Colors,
): readonly string[] {
  return tasks.flatMap(({ id, status, error }) => {
    if (!error || !FAILED.has(status)) return [];
    const said = `${colors.red(colors.bold(status))} ${id}: ${linesOf(error.message, "  ")} ${colors.dim(`[${error.code}]`)}`;
    return error.help ? [`${said}\n  ${colors.bold("help:")} ${error.help}`] : [said];
  });
}

/** What is waited for is said nowhere else; of errors the rest is below. */
const LONGEST_WHY = 120;

const FAILED: ReadonlySet<string> = new Set(["failed", "quarantined"]);

/** That a run goes before others, and why; undefined of one that has the priority it was asked for with. */
export function sayRaised(run: {
  readonly priority: number;
  readonly raisedFrom?: number | undefined;
  readonly raisedBecause?: string | undefined;
}): string | undefined {
  return run.raisedBecause && `${run.priority}, raised from ${run.raisedFrom}: ${run.raisedBecause}`;
}

/** What goes on or has ended by itself counts as an attempt too; the task counts those that were to be done again. */
const TRIED: ReadonlySet<TaskRecord["status"]> = new Set<TaskRecord["status"]>(["running", "done", "failed"]);

function taskTable(tasks: RunDetail["tasks"], colors: Colors): string {
  return formatTable(
    [
      { title: "task" },
      { title: "status" },
      { title: "attempt", align: "right" },
      { title: "took", align: "right" },
      { title: "worker" },
      { title: "why" },
    ],
    tasks.map(({ id, status, attempt, losses, maxAttempts, startedAt, finishedAt, worker, error, why }) => [
      id,
      status,
      `${TRIED.has(status) ? attempt + 1 : attempt}/${maxAttempts}${losses > 0 ? `, ${losses} lost` : ""}`,
      startedAt && finishedAt ? tookOf(startedAt, finishedAt) : "-",
      worker ?? "-",
      why ?? error?.message ?? "",
    ]),
    colors,
    LONGEST_WHY,
  );
}

function attemptTable(attempts: readonly AttemptRecord[], colors: Colors): string {
  return formatTable(
    [{ title: "attempt of" }, { title: "outcome" }, { title: "started" }, { title: "worker" }, { title: "why" }],
    attempts.map(({ task, outcome, startedAt, worker, error }) => [
      task,
      outcome ?? "",
      formatTime(startedAt),
      worker,
      error?.message ?? "",
    ]),
    colors,
    LONGEST_WHY,
  );
}

function tookOf(from: Date, until: Date): string {
  return formatDurationMs(until.getTime() - from.getTime());
}
