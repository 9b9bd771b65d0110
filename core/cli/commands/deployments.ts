// Owns `mesh deployments`: what is in force, the history of a project, going back, and retiring a project.
import { showPastDeployment, showSwitched } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatSwitched } from "../output/deployment.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import type { RemoteClient } from "../remote/remote-client.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = (input) => {
  const [what, project] = input.arguments;
  if (what === "rollback" || what === "retire") return switchProject(input, what, project);
  if (project !== undefined)
    throw problems.badChoice({ argument: "what", value: what ?? "", choices: ["rollback", "retire"], near: undefined });
  return what === undefined ? showInForce(input) : showHistory(input, what);
};

async function switchProject(
  { options, output, env, remote, openMesh }: CommandInput,
  action: "rollback" | "retire",
  project: string | undefined,
): Promise<ExitCode> {
  if (project === undefined)
    throw problems.argumentMissing({ command: `deployments ${action}`, argument: "project", choices: undefined });
  const [why, by, to] = [options.text("why"), options.text("by"), options.text("to")];
  if (!why) throw problems.whyMissing({ option: action });
  const allowBreaking = options.flag("allow-breaking");
  const target = to !== undefined && { to };
  const switchHere = async () => {
    const actor = actorOf(env);
    const given = { why, by: by === undefined ? actor : { ...actor, actor: by }, allowBreaking };
    const state = await (await openMesh()).state();
    const { retireProject, rollBackDeployment } = await import("../../deploy/index.ts");
    return showSwitched(
      action === "retire"
        ? await retireProject(state, project, given)
        : await rollBackDeployment(state, project, { ...given, ...target }),
    );
  };
  const switchThere = (there: RemoteClient) => {
    const given = { reason: why, allowBreaking };
    return action === "retire"
      ? there.retireProject(project, given)
      : there.rollBackDeployment(project, { ...given, ...target });
  };
  const switched = remote ? await switchThere(remote) : await switchHere();
  output.document(switched);
  output.result(formatSwitched(switched, output.colors));
  const { previous } = switched.event;
  if (previous !== undefined) output.note(`To undo: mesh deployments rollback ${project} --to ${previous} --why "…"`);
  return 0;
}

async function showInForce({ output, remote, openMesh }: CommandInput): Promise<ExitCode> {
  const listHere = async () => {
    const state = await (await openMesh()).state();
    const { ids } = await state.currentDeployments();
    const stored = await state.getDeployments([...ids.values()]);
    return [...ids.values()].flatMap((id) => stored.get(id) ?? []).map(({ shard: _, ...rest }) => rest);
  };
  const deployments = remote ? await remote.deployments() : await listHere();
  output.document(deployments);
  output.result(
    formatTable(
      [
        { title: "project" },
        { title: "deployment" },
        { title: "deployed" },
        { title: "by" },
        { title: "commit" },
        { title: "note" },
      ],
      deployments.map(({ project, id, deployedAt, by, commit, note }) => [
        project,
        id,
        formatTime(new Date(deployedAt)),
        by,
        shortCommit(commit),
        note ?? "-",
      ]),
      output.colors,
    ),
  );
  return 0;
}

async function showHistory({ options, output, remote, openMesh }: CommandInput, project: string): Promise<ExitCode> {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const listHere = async () => {
    const { deploymentHistory } = await import("../../deploy/index.ts");
    return (await deploymentHistory(await (await openMesh()).state(), project, limit)).map(showPastDeployment);
  };
  const history = remote ? await remote.deploymentHistory(project, limit) : await listHere();
  output.document(history);
  output.result(
    formatTable(
      [
        { title: "when" },
        { title: "what" },
        { title: "deployment" },
        { title: "by" },
        { title: "commit" },
        { title: "note" },
        { title: "why" },
      ],
      history.map(({ at, action, deployment, inForce, kept, by, commit, note, why }) => [
        formatTime(new Date(at)),
        inForce ? `${action}, in force` : action,
        deployment === undefined ? "-" : kept ? deployment : `${deployment} (removed)`,
        by,
        shortCommit(commit),
        note ?? "-",
        why ?? "-",
      ]),
      output.colors,
    ),
  );
  const broken = history.flatMap(({ at, broken }) => broken.map((what) => `  ${formatTime(new Date(at))}  ${what}`));
  if (broken.length > 0) output.result(["", output.colors.bold("broke contracts"), ...broken].join("\n"));
  return 0;
}

const SHOWN_COMMIT = 10;

function shortCommit(commit: string | undefined): string {
  if (commit === undefined) return "-";
  const [hash = "", ...rest] = commit.split("-");
  return [hash.slice(0, SHOWN_COMMIT), ...rest].join("-");
}
