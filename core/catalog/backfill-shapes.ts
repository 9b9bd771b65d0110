// Owns the form of what is shown of backfills and their windows.
import { z } from "zod";
import type { BackfillRecord, BackfillWindow } from "../state/index.ts";
import { executors, runStatuses } from "./shapes.ts";
import { pick } from "./show-record.ts";

const instant = z.iso.datetime({ precision: 3 });
const count = z.number().int();

export const backfillShape = z.object({
  id: z.string(),
  model: z.string().describe("The snapshot"),
  from: z.string().describe("The first value of its cursor that is read"),
  to: z.string().describe("Where it ends; this value is not read any more"),
  every: z.string().describe("How the range was cut: `1d`, `100000`, or a schedule"),
  reprocess: z.enum(["missing", "failed", "all"]),
  order: z.enum(["oldest", "newest"]),
  maxActive: count,
  executor: z.enum(executors),
  why: z.string().optional(),
  host: z.string(),
  pid: count,
  by: z.string(),
  status: z.enum(["running", "success", "failed", "cancelled"]),
  createdAt: instant,
  finishedAt: instant.optional(),
  cancelRequestedAt: instant.optional(),
  cancelledBy: z.string().optional(),
  cancelReason: z.string().optional(),
  progress: z
    .object({ waiting: count, running: count, done: count, failed: count, cancelled: count })
    .describe("How many of its windows are in each state"),
});

export const backfillDetailShape = backfillShape.extend({
  windows: z.array(
    z.object({
      backfill: z.string(),
      rank: count,
      from: z.string(),
      to: z.string(),
      status: z.enum(["waiting", "running", "done", "failed", "cancelled"]),
      runId: z.string().optional(),
      runStatus: z.enum(runStatuses).optional(),
      startedAt: instant.optional(),
      finishedAt: instant.optional(),
    }),
  ),
});

export type ShownBackfill = z.infer<typeof backfillShape>;
export type ShownBackfillDetail = z.infer<typeof backfillDetailShape>;

const FIELDS = Object.keys(backfillShape.shape) as (keyof BackfillRecord)[];

export const showBackfill = (backfill: BackfillRecord): ShownBackfill => pick(backfill, FIELDS) as ShownBackfill;

export const showBackfillDetail = (
  backfill: BackfillRecord,
  windows: readonly BackfillWindow[],
): ShownBackfillDetail => ({
  ...showBackfill(backfill),
  windows: windows.map((window) =>
    pick(window, ["backfill", "rank", "from", "to", "status", "runId", "runStatus", "startedAt", "finishedAt"]),
  ) as ShownBackfillDetail["windows"],
});
