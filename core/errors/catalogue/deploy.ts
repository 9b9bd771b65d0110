// Problems of deployments: what cannot be deployed and why, and who would be broken by it.
import { defineProblem } from "../define-problem.ts";

export const deploymentNotFound = defineProblem<{ project: string; wanted: string; known: readonly string[] }>(
  {
    code: "deploy/not-found",
    doc: "The project has no such deployment, or it was removed: the 20 newest of a project are kept, and those that a run goes by.",
  },
  ({ project, wanted, known }) => ({
    message: `There is no deployment ${wanted} of ${project}.`,
    help: `${known.length === 0 ? "" : `There are ${known.join(", ")}. `}\`mesh deployments ${project}\` lists those that are kept.`,
  }),
);
