// Problems that are mesh's own fault.
import { defineProblem } from "../define-problem.ts";

export const unexpected = defineProblem<{ what: string; reason: string }>(
  { code: "internal/unexpected", doc: "A failure mesh did not foresee. It is a defect of mesh." },
  ({ what, reason }) => ({
    message: `Unexpected failure while ${what}: ${reason}`,
    help: "Please report it with the command you ran; `MESH_DEBUG=1` prints the full trace.",
  }),
);
