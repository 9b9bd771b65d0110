// Problems of backfills: ranges that are cut into windows, read one after another.
import { defineProblem } from "../define-problem.ts";

export const badStep = defineProblem<{ every: string; type: string; expected: string }>(
  {
    code: "backfill/bad-step",
    doc: "The `--every` of a backfill does not fit the column that its range is told by: integers are cut by a number, times by a duration, dates by whole days.",
  },
  ({ every, type, expected }) => ({
    message: `--every ${JSON.stringify(every)} cannot cut a range of ${type}.`,
    help: `Give ${expected}.`,
  }),
);

export const rangeNotCuttable = defineProblem<{ from: string; to: string; type: string }>(
  {
    code: "backfill/range-not-cuttable",
    doc: "A bound of a range that was to be cut into windows cannot be counted with: an infinite time, or a year before 1 or after 9999.",
  },
  ({ from, to, type }) => ({
    message: `The range from ${from} to ${to} of ${type} cannot be cut into windows.`,
    help: "Give bounds between the years 1 and 9999, or leave --every out to read the range at once.",
  }),
);

export const tooManyWindows = defineProblem<{ from: string; to: string; most: number }>(
  {
    code: "backfill/too-many-windows",
    doc: "A range was cut so finely that the backfill would have more windows than one may have.",
  },
  ({ from, to, most }) => ({
    message: `From ${from} to ${to} there would be more than ${most} windows.`,
    help: "Give a longer --every, or a shorter range.",
  }),
);

export const rangeNeedsBounds = defineProblem<{ model: string; missing: string }>(
  {
    code: "backfill/bounds-needed",
    doc: "A range without a beginning or an end was to be cut into windows, or handed to a scheduler: both bounds are needed for that.",
  },
  ({ model, missing }) => ({
    message: `The backfill of ${model} has no ${missing}, so it cannot be cut into windows or handed to a scheduler.`,
    help: `Give ${missing} too.`,
  }),
);

export const backfillNotFound = defineProblem<{ id: string }>(
  { code: "backfill/not-found", doc: "A command names a backfill that the state store does not know." },
  ({ id }) => ({
    message: `There is no backfill ${JSON.stringify(id)}.`,
    help: "`mesh backfills` lists them; the start of an id is enough where no other begins like it.",
  }),
);

export const backfillIsOver = defineProblem<{ id: string; status: string }>(
  {
    code: "backfill/is-over",
    doc: "A backfill was to be cancelled, or a window of it to be read anew, that has ended or was cancelled.",
  },
  ({ id, status }) => ({
    message: `Backfill ${id} is over: ${status}.`,
    help: "`mesh backfills` with its id shows what became of each window; `mesh backfill` with `--reprocess failed` reads what is missing.",
  }),
);

export const backfillSchedule = defineProblem<{ schedule: string; because: string }>(
  {
    code: "backfill/schedule-unusable",
    doc: "A range was to be cut at the ticks of a schedule that the mesh does not have, or that has no ticks.",
  },
  ({ schedule, because }) => ({
    message: `The range cannot be cut by ${JSON.stringify(schedule)}: ${because}.`,
    help: "Name a schedule with a `cron` as `project.schedule`, or give --every instead.",
  }),
);

export const backfillGoesOn = defineProblem<{ backfill: string; resumes: string }>(
  {
    code: "backfill/goes-on",
    doc: "A window's run was to be resumed while the process of its backfill reads other windows: it reads one after another, and none beside them.",
  },
  ({ backfill, resumes }) => ({
    message: `Backfill ${backfill}, a window of which run ${resumes} read, goes on: its windows are read one after another.`,
    help: `Resume the run when the backfill has ended, or end it: mesh backfills cancel ${backfill}`,
  }),
);
