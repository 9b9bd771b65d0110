// Owns making a backfill: its range cut into windows, those left out that were read before, and what earlier processes left open. Runs nothing.
import { problems } from "./errors/index.ts";
import type { Schedule } from "./manifest/index.ts";
import type { BackfillRange, Mesh } from "./mesh-types.ts";
import { recoverCrashed } from "./publish/index.ts";
import { ticksBetween } from "./sla/index.ts";
import type { BackfillRecord, NewBackfill, RunRecord, StateStore } from "./state/index.ts";
import { createId, identityOf, processState } from "./util/index.ts";
import {
  type Bounds,
  type Cut,
  chooseWindows,
  cutRange,
  type JudgedWindow,
  judgeWindows,
  MOST_WINDOWS,
  msOfBound,
} from "./windows/index.ts";

export interface BackfillWish extends Pick<NewBackfill, "reprocess" | "order" | "maxActive" | "executor"> {
  readonly range: BackfillRange;
  /** A duration or a number; absent: the range at once, unless there is a schedule. */
  readonly every?: string;
  /** `project.schedule`: the windows are its intervals. */
  readonly schedule?: string;
  /** Of the calendar by which days are cut; the schedule's, or UTC, unless told. */
  readonly timezone?: string;
  readonly why?: string;
}

export interface CutBackfill {
  /** Ready to be recorded with `windows`. */
  readonly backfill: NewBackfill;
  /** Those to read, in the order in which they begin. */
  readonly windows: readonly Bounds[];
  /** All of the range, oldest first. */
  readonly judged: readonly JudgedWindow[];
}

/** Throws `snapshot/…` and `backfill/…`. */
export async function cutBackfill(mesh: Mesh, snapshot: string, wish: BackfillWish): Promise<CutBackfill> {
  const { range, reprocess, order, maxActive, executor, why } = wish;
  const { model, cursor, window } = await mesh.backfillRange(snapshot, range);
  const { from, to } = window;
  if (from === undefined || to === undefined)
    throw problems.rangeNeedsBounds({ model: model.id, missing: from === undefined ? "--from" : "--to" });
  const every = wish.schedule ?? wish.every;
  const windows =
    every === undefined
      ? [{ from, to }]
      : cutRange(cursor, { from, to }, await cutOf(mesh, wish, cursor, { from, to }));
  const state = await mesh.state();
  await settleAbandoned(state);
  const judged = judgeWindows(cursor, windows, await state.listWindows({ model: model.id }));
  return {
    backfill: {
      id: createId(),
      model: model.id,
      from,
      to,
      every: every ?? "all",
      reprocess,
      order,
      maxActive,
      executor,
      ...(why !== undefined && { why }),
      ...identityOf(),
    },
    windows: chooseWindows(judged, reprocess, order),
    judged,
  };
}

async function cutOf(
  mesh: Mesh,
  { every = "", schedule, timezone }: BackfillWish,
  cursor: Parameters<typeof cutRange>[0],
  range: Bounds,
): Promise<Cut> {
  if (schedule === undefined) return { every, timezone: timezone ?? "UTC" };
  const found = await scheduleNamed(mesh, schedule);
  const refuse = (because: string) => problems.backfillSchedule({ schedule, because });
  if (!found) throw refuse("the mesh has no such schedule");
  if (found.cron === undefined) throw refuse("it has no `cron`");
  if (cursor.kind === "integer") throw refuse(`the range is told by ${cursor.type}, which is no time`);
  const timing = { cron: found.cron, timezone: found.timezone };
  const [first, end] = [msOfBound(cursor, range.from), msOfBound(cursor, range.to)];
  if (first === undefined || end === undefined) throw problems.rangeNotCuttable({ ...range, type: cursor.type });
  // Values without a zone may be told by any clock: a day to each side.
  const day = 86_400_000;
  const at = await ticksBetween(timing, new Date(first - day), new Date(end + day), MOST_WINDOWS + 100);
  return { at, timezone: found.timezone };
}

async function scheduleNamed(mesh: Mesh, id: string): Promise<Schedule | undefined> {
  const { manifest } = await mesh.compile();
  const dot = id.indexOf(".");
  return manifest.projects[id.slice(0, dot)]?.schedules[id.slice(dot + 1)];
}

/** How long a living process may take from one window's run to the next: it plans, and removes what is past retention. */
const BETWEEN_WINDOWS_MS = 5 * 60_000;

/** Ends what processes that are gone began and nobody else goes on with: its windows count as not read. */
async function settleAbandoned(state: StateStore): Promise<void> {
  await recoverCrashed(state);
  const now = await state.now();
  for (const backfill of await state.listBackfills({ open: true, executor: "process" })) {
    if (!isAbandoned(backfill, now)) continue;
    await state.cancelBackfill(backfill.id, "its process is gone", { actor: backfill.by, via: "cli" });
    await state.finishBackfill(backfill.id);
  }
}

/** Throws `backfill/goes-on` when the run read a window of a backfill whose process goes on to the next. */
export async function refuseBeside({ id, backfill: of }: RunRecord, state: StateStore): Promise<void> {
  const backfill = of === undefined ? undefined : await state.getBackfill(of);
  if (backfill?.executor !== "process" || backfill.status !== "running") return;
  if (!isAbandoned(backfill, await state.now())) throw problems.backfillGoesOn({ backfill: backfill.id, resumes: id });
}

/** Whether it was the business of a process that is gone. Of one that cannot be seen from here, its runs tell. */
export function isAbandoned(backfill: BackfillRecord, now: Date): boolean {
  const { executor, status, progress, createdAt, lastHeartbeatAt = createdAt } = backfill;
  if (executor !== "process" || status !== "running") return false;
  const state = processState(backfill);
  if (state !== "unknown") return state === "dead";
  return progress.running === 0 && now.getTime() - lastHeartbeatAt.getTime() > BETWEEN_WINDOWS_MS;
}
