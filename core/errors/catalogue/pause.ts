// Problems of pausing: what cannot be paused because nobody knows it.
import { defineProblem } from "../define-problem.ts";

export const pauseForm = defineProblem<{ given: string }>(
  {
    code: "pause/what-unclear",
    doc: "`mesh pause` and `mesh unpause` were told to pause something whose form they do not know.",
  },
  ({ given }) => ({
    message: `${JSON.stringify(given)} is nothing that can be paused.`,
    help: "Give `system`, `project:bookings`, `schedule:bookings.hourly`, `model:bookings.orders` or `pool:` with the pool's name.",
  }),
);

export const pauseUnknown = defineProblem<{ kind: string; name: string; near: string | undefined }>(
  {
    code: "pause/unknown",
    doc: "A project, schedule, model or pool was to be paused that the mesh does not have: the pause would hold nothing back.",
  },
  ({ kind, name, near }) => ({
    message: `The mesh has no ${kind} ${JSON.stringify(name)}.`,
    help: near === undefined ? `Check the name of the ${kind}.` : `Did you mean "${near}"?`,
  }),
);

export const pauseNone = defineProblem<{ what: string }>(
  { code: "pause/not-paused", doc: "`mesh unpause` was given something that is not paused." },
  ({ what }) => ({
    message: `${what} is not paused itself.`,
    help: "`mesh pauses` lists what is: a project's pause also holds its schedules, and is ended by the project's name.",
  }),
);
