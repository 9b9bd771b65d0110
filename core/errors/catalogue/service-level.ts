// Problems of service levels: what is promised of the age of data, incidents, alerts and mutes.
import { defineProblem } from "../define-problem.ts";

export const calendarNotFound = defineProblem<{
  calendar: string;
  project: string;
  near: string | undefined;
  known: readonly string[];
}>(
  { code: "sla/calendar-not-found", doc: "An `sla` names a calendar that neither its project nor mesh.config.ts has." },
  ({ calendar, project, near, known }) => ({
    message: `The project "${project}" has no calendar "${calendar}".`,
    help: `${near === undefined ? "" : `Did you mean "${near}"? `}${known.length === 0 ? "Declare it under `calendars:` of project.yml or of mesh.config.ts." : `Calendars are ${known.join(", ")}.`}`,
  }),
);

export const availableByWithoutSchedule = defineProblem<{ model: string }>(
  {
    code: "sla/available-by-without-schedule",
    doc: "`available_by` is a time of day in the zone of the model's schedule, and the model has no schedule.",
  },
  ({ model }) => ({
    message: `\`${model}\` promises \`available_by\`, but has no schedule that would make it.`,
    help: "Give it a `schedule` in its config or in the project's `defaults`, or promise `freshness` instead.",
  }),
);
