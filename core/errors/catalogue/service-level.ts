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

export const incidentNotFound = defineProblem<{ incident: string; candidates: readonly string[] }>(
  { code: "sla/incident-not-found", doc: "No incident, or more than one, has an id that begins so." },
  ({ incident, candidates }) => ({
    message:
      candidates.length === 0
        ? `There is no incident "${incident}".`
        : `"${incident}" begins the ids of ${candidates.length} incidents: ${candidates.slice(0, 5).join(", ")}.`,
    help: "List them: mesh incidents --all",
  }),
);

export const incidentSettled = defineProblem<{ incident: string; status: string }>(
  {
    code: "sla/incident-settled",
    doc: "An incident that is acknowledged cannot be acknowledged again, and one that is resolved is over.",
  },
  ({ incident, status }) => ({
    message: `The incident ${incident} is ${status} already.`,
    help: `See it: mesh incidents ${incident}`,
  }),
);

export const reasonMissing = defineProblem<{ what: string }>(
  { code: "sla/reason-missing", doc: "Acknowledging, resolving and muting are told to others, with the reason." },
  ({ what }) => ({ message: `${what} needs a reason.`, help: 'Add --why "…": others will read it.' }),
);

export const muteWithoutEnd = defineProblem<{ subject: string }>(
  { code: "sla/mute-without-end", doc: "A mute without an end would be forgotten." },
  ({ subject }) => ({
    message: `It was not said how long nobody is to be told about "${subject}".`,
    help: "Add --for with a duration such as 2h; `--end` ends a mute.",
  }),
);

export const muteUnknown = defineProblem<{ subject: string; near: string | undefined }>(
  { code: "sla/mute-unknown", doc: "A mute is about a project, a model or a source of the mesh." },
  ({ subject, near }) => ({
    message: `There is no project, model or source "${subject}".`,
    help: `${near === undefined ? "" : `Did you mean "${near}"? `}Write it as in \`mesh freshness\`.`,
  }),
);
