// Problems of reading a manifest from a file.
import { defineProblem } from "../define-problem.ts";

export const manifestUnreadable = defineProblem<{ from: string; problem: string }>(
  { code: "manifest/unreadable", doc: "A file that should hold a manifest does not." },
  ({ from, problem }) => ({
    message: `${from} is not a manifest: ${problem}.`,
    help: "Write it again with `mesh compile`.",
  }),
);

export const manifestOtherVersion = defineProblem<{ from: string; found: string; wanted: number }>(
  {
    code: "manifest/other-version",
    doc: "A manifest was written by a version of mesh whose format is not this one's.",
  },
  ({ from, found, wanted }) => ({
    message: `${from} is a manifest of schema version ${found}; this mesh reads version ${wanted}.`,
    help: "Write it again with `mesh compile` of the same version of mesh.",
  }),
);
