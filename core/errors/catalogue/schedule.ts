// Problems of schedules: what they wait for, and asking for one. Times that never come are in `project.ts`.
import { defineProblem } from "../define-problem.ts";

export const scheduleWithoutCondition = defineProblem<{ schedule: string }>(
  {
    code: "schedule/without-condition",
    doc: "A schedule says neither at which times its models run (`cron`) nor after which publications (`on`).",
  },
  ({ schedule }) => ({
    message: `The schedule "${schedule}" does not say when its models run.`,
    help: "Write `cron` and `timezone` for times, or `on: any_new` to run when what its models read was published anew.",
  }),
);

export const scheduleKeyWithoutUse = defineProblem<{
  schedule: string;
  key: string;
  on: string;
  /** `on` stands in the file. */
  written: boolean;
  conditions: readonly string[];
}>(
  {
    code: "schedule/key-without-use",
    doc: "A key of a schedule means nothing with its condition: a `cron` beside `on: any_new`, an `upstream` of a schedule that goes by the clock alone.",
  },
  ({ schedule, key, on, written, conditions }) => ({
    message: `The schedule "${schedule}" has \`${key}\`, which means nothing with \`on: ${on}\`${written ? "" : ", the default"}.`,
    help: `Leave \`${key}\` out, or write ${conditions.map((condition) => `\`on: ${condition}\``).join(" or ")}.`,
  }),
);

export const scheduleThenWithoutWait = defineProblem<{ schedule: string; action: string }>(
  {
    code: "schedule/then-without-wait",
    doc: "A schedule says what happens when it has waited long enough (`then`), but not how long that is (`max_wait`).",
  },
  ({ schedule, action }) => ({
    message: `The schedule "${schedule}" has \`then: ${action}\` without \`max_wait\`, so it never happens.`,
    help: "Add `max_wait`, such as 2h, or leave `then` out.",
  }),
);

export const scheduleDurationZero = defineProblem<{ schedule: string; key: string }>(
  { code: "schedule/no-length", doc: "A wait or window of a schedule has no length." },
  ({ schedule, key }) => ({
    message: `\`${key}\` of the schedule "${schedule}" has no length.`,
    help: `Write a length such as ${key === "catch_up" ? '"window 6h", or `catch_up: none`' : "2h, or leave it out"}.`,
  }),
);

export const scheduleUpstreamNotFound = defineProblem<{
  schedule: string;
  upstream: string;
  near: string | undefined;
}>(
  { code: "schedule/upstream-not-found", doc: "A schedule waits for a model that the mesh does not have." },
  ({ schedule, upstream, near }) => ({
    message: `The schedule "${schedule}" waits for ${upstream}, which is no model of the mesh.`,
    help:
      near === undefined
        ? "Write ids such as bookings.orders; `mesh ls` lists them."
        : `Did you mean ${near}? \`mesh ls\` lists all models.`,
  }),
);

export const scheduleWaitsForItself = defineProblem<{ schedule: string; upstream: string }>(
  {
    code: "schedule/waits-for-itself",
    doc: "A schedule waits for a model that runs by it: it would wait for ever, or never stop running.",
  },
  ({ schedule, upstream }) => ({
    message: `The schedule "${schedule}" waits for ${upstream}, which itself runs by "${schedule}".`,
    help: "Take it out of `upstream`, or give it another schedule.",
  }),
);

export const scheduleCycle = defineProblem<{ legs: readonly string[] }>(
  {
    code: "schedule/cycle",
    doc: "Schedules wait for each other in a circle: none of them would ever begin, or they would go round without end. Each leg says which schedule waits for which model, and where it is written.",
  },
  ({ legs }) => ({
    message: `Schedules wait for each other in a circle: ${legs.join("; ")}.`,
    help: "Take one of these models out of `upstream` (list what it is to wait for, when nothing is listed), or let one of the schedules go by its clock alone.",
  }),
);

export const scheduleWaitsForNothing = defineProblem<{ schedule: string; on: string }>(
  {
    code: "schedule/waits-for-nothing",
    doc: "A schedule waits for what its models read, but they read nothing of other projects or other schedules, so it would never run.",
  },
  ({ schedule, on }) => ({
    message: `The schedule "${schedule}" has \`on: ${on}\`, but its models read nothing that another schedule makes.`,
    help: "List the models it waits for under `upstream`, or give it a `cron`.",
  }),
);

export const scheduleClockUnreadable = defineProblem<{ text: string }>(
  { code: "schedule/bad-clock", doc: "A rehearsed clock is not an instant in UTC with a speed." },
  ({ text }) => ({
    message: `"${text}" is not a clock to rehearse schedules by.`,
    help: "Write where it starts, in UTC, and how fast it goes: 2026-10-25T00:00:00Z*60.",
  }),
);

export const scheduleClockRefused = defineProblem<{ text: string }>(
  {
    code: "schedule/clock-refused",
    doc: "A rehearsal is asked for on a state store whose schedules go by the time of day. All its schedulers go by one clock, so the real schedules would stand still.",
  },
  ({ text }) => ({
    message: `The schedules of this state store go by the time of day, so they cannot be rehearsed by "${text}".`,
    help: "Rehearse on a state store of its own: a target of mesh.config.ts with another `state` (and another warehouse), given as --target.",
  }),
);

export const triggerUnclear = defineProblem<{ both: boolean }>(
  { code: "schedule/trigger-unclear", doc: "`mesh trigger` is given neither a schedule nor a selection, or both." },
  ({ both }) => ({
    message: both ? "A schedule and a selection both say which models run." : "It is not said which models run.",
    help: "Name a schedule, such as mesh trigger bookings.hourly, or select models: mesh trigger --select daily_bookings+",
  }),
);

export const nothingDeployed = defineProblem(
  { code: "schedule/nothing-deployed", doc: "Schedulers and workers are asked for a run, but no project is deployed." },
  () => ({
    message: "No project is deployed, so schedulers and workers have nothing to run.",
    help: "Deploy first: mesh deploy. Or run the working folder in this process: mesh run",
  }),
);
