// Problems of mesh.config.ts, the environment and connections.
import { defineProblem } from "../define-problem.ts";

export const configNotFound = defineProblem<{ cwd: string }>(
  { code: "config/not-found", doc: "Neither the current folder nor any folder above it has a mesh.config.ts." },
  ({ cwd }) => ({
    message: `No mesh.config.ts in ${cwd} or any folder above it.`,
    help: "Change to a mesh's folder, or make a new one here with `mesh init`.",
  }),
);

export const configFailedToLoad = defineProblem<{ reason: string }>(
  { code: "config/failed-to-load", doc: "mesh.config.ts does not parse, or threw an error while it was loaded." },
  ({ reason }) => ({
    message: `mesh.config.ts could not be loaded: ${reason}`,
    help: "Correct it at the place shown.",
  }),
);

export const configWithoutDefault = defineProblem<Record<string, never>>(
  { code: "config/no-default-export", doc: "mesh.config.ts must export its configuration as the default export." },
  () => ({
    message: "mesh.config.ts has no default export that is an object.",
    help: 'Write: import { defineMesh } from "mesh-elt"; export default defineMesh({ … });',
  }),
);

export const configInvalid = defineProblem<{ problems: readonly string[] }>(
  { code: "config/invalid", doc: "mesh.config.ts has keys or values that are not understood. All of them are listed." },
  ({ problems }) => ({
    message:
      problems.length === 1
        ? `mesh.config.ts: ${problems[0]}`
        : `mesh.config.ts has ${problems.length} problems:\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    help: "Every key is described in docs/configuration.md; an editor with TypeScript shows them too.",
  }),
);

export const targetUnknown = defineProblem<{
  target: string;
  from: string;
  known: readonly string[];
  near: string | undefined;
}>(
  {
    code: "config/unknown-target",
    doc: "The target asked for by --target, MESH_TARGET or `defaultTarget` is not among `targets`.",
  },
  ({ target, from, known, near }) => ({
    message: `There is no target "${target}" (asked for by ${from}).${near === undefined ? "" : ` Did you mean "${near}"?`}`,
    help: `The targets of mesh.config.ts are: ${known.join(", ")}.`,
  }),
);

export const environmentMissing = defineProblem<{ what: string; names: readonly string[] }>(
  {
    code: "config/missing-environment",
    doc: "A connection names environment variables that are not set and have no default.",
  },
  ({ what, names }) => ({
    message: `${what} needs ${names.length === 1 ? "the environment variable" : "the environment variables"} ${names.join(", ")}, which ${
      names.length === 1 ? "is" : "are"
    } not set.`,
    help: "Set it in the environment or in a .env file beside mesh.config.ts, or write a default: ${NAME:-default}.",
  }),
);

export const environmentMalformed = defineProblem<{ what: string }>(
  {
    code: "config/malformed-environment",
    doc: "A connection has a `${` that is not `${NAME}` or `${NAME:-default}`. Nothing else is substituted.",
  },
  ({ what }) => ({
    message: `${what} has a "\${" that is not of the form \${NAME} or \${NAME:-default}.`,
    help: "NAME is letters, digits and underscores. Other shell forms are not supported.",
  }),
);

export const environmentFileInvalid = defineProblem<{ reason: string }>(
  { code: "config/invalid-env-file", doc: "A line of the .env file is not NAME=value, or the file cannot be read." },
  ({ reason }) => ({
    message: `.env: ${reason}`,
    help: 'Write one NAME=value a line; quote values with spaces: NAME="a b".',
  }),
);
