// Problems of `--remote`: asking the API of a scheduler from the command line.
import { defineProblem } from "../define-problem.ts";

export const remoteBadUrl = defineProblem<Record<never, never>>(
  {
    code: "remote/bad-url",
    doc: "What --remote or MESH_REMOTE gives is not the URL of an API, or has a password in it.",
  },
  () => ({
    message: "The URL of the API is not one, or has a user and password in it.",
    help: "Write it as http://host:port or https://host; the token goes into MESH_TOKEN.",
  }),
);

export const remoteTokenMissing = defineProblem<{ url: string }>(
  { code: "remote/token-missing", doc: "The API was to be asked, but no token was given." },
  ({ url }) => ({
    message: `There is no token to ask ${url} with.`,
    help: "Put it into MESH_TOKEN. Where the scheduler runs, `mesh token create --name <who> --role operate` makes one.",
  }),
);

export const remoteUnreachable = defineProblem<{ url: string; reason: string }>(
  { code: "remote/unreachable", doc: "Nothing answered under the URL of the API." },
  ({ url, reason }) => ({
    message: `The API at ${url} cannot be reached: ${reason}.`,
    help: "Check that `mesh scheduler --api-port` runs there, and that host and port are right.",
  }),
);

export const remoteNotMesh = defineProblem<{ url: string; reason: string }>(
  {
    code: "remote/not-mesh",
    doc: "Something answered under the URL of the API that is not this mesh's API, such as another program or a proxy.",
  },
  ({ url, reason }) => ({
    message: `What answers at ${url} is not the API of mesh: ${reason}.`,
    help: "Check the URL, and that both sides have the same version of mesh: GET /openapi.json tells what the API is.",
  }),
);

export const notRemote = defineProblem<{
  command: string;
  able: readonly string[];
  because?: string | undefined;
}>(
  {
    code: "cli/not-remote",
    doc: "The option --remote was given to a command that works on files or builds of this machine.",
  },
  ({ command, able, because }) => ({
    message: `\`mesh ${command}\` cannot be done over the API.${because === undefined ? "" : ` ${because}`}`,
    help: `Run it where the scheduler runs, without --remote. Over the API: ${able.join(", ")}.`,
  }),
);

export const optionNotRemote = defineProblem<{ command: string; option: string; because: string; remote: string }>(
  {
    code: "cli/option-not-remote",
    doc: "An option was given that means nothing when the API is asked, such as --by: what is done there is done in the name of the token.",
  },
  ({ command, option, because, remote }) => ({
    message: `\`mesh ${command}\` asks the API (${remote}) and cannot have \`${option}\` there. ${because}`,
    help: `Leave ${option}, or run the command where the mesh is, without ${remote}.`,
  }),
);
