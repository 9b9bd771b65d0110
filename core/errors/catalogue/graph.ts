// Problems of the graph of models.
import { defineProblem } from "../define-problem.ts";

export const cycle = defineProblem<{ path: readonly string[]; members: readonly string[] }>(
  {
    code: "graph/cycle",
    doc: "Models read each other in a circle, so none of them can be built first. They are left out of the manifest.",
  },
  ({ path, members }) => ({
    message: `These models wait for each other: ${path.join(" -> ")} (each reads the next).${
      members.length > path.length - 1 ? ` ${members.length} models are caught in circles through them.` : ""
    }`,
    help: "Remove one of these refs, or move what both sides need into a model that both read.",
  }),
);
