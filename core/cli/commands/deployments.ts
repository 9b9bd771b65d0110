// Owns `mesh deployments`: what is in force, the history of a project, going back, and retiring a project.
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
  if (input.remote && (what === "rollback" || what === "retire"))
    throw problems.notRemote({ command: `deployments ${what}`, able: ["deployments", "deployments <project>"] });
  if (input.remote) return showRemote(input, input.remote, what);
  if (what === "rollback" || what === "retire") return switchProject(input, what, project);
  if (project !== undefined)
    throw problems.badChoice({ argument: "what", value: what ?? "", choices: ["rollback", "retire"], near: undefined });
  return what === undefined ? showInForce(input) : showHistory(input, what);
};

async function switchProject(
  { options, output, env, openMesh }: CommandInput,
  action: "rollback" | "retire",
  project: string | undefined,
): Promise<ExitCode> {
  if (project === undefined)
    throw problems.argumentMissing({ command: `deployments ${action}`, argument: "project", choices: undefined });
  const [why, by, to] = [options.text("why"), options.text("by"), options.text("to")];
  if (!why) throw problems.whyMissing({ option: action });
  const actor = actorOf(env);
  const allowBreaking = options.flag("allow-breaking");
  const given = { why, by: by === undefined ? actor : { ...actor, actor: by }, allowBreaking };
  const state = await (await openMesh()).state();
  const { retireProject, rollBackDeployment } = await import("../../deploy/index.ts");
  const switched =
    action === "retire"
      ? await retireProject(state, project, given)
      : await rollBackDeployment(state, project, { ...given, ...(to !== undefined && { to }) });
  output.document(switched);
  output.result(formatSwitched(switched, output.colors));
  const { previous } = switched.event;
  if (previous !== undefined) output.note(`To undo: mesh deployments rollback ${project} --to ${previous} --why "…"`);
  return 0;
}

async function showRemote(
  { options, output }: CommandInput,
  remote: RemoteClient,
  project: string | undefined,
): Promise<ExitCode> {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const deployments = await remote.deployments({ limit, ...(project !== undefined && { project }) });
  output.document(deployments);
  output.result(
    formatTable(
      ["project", "deployment", "in force", "deployed", "by", "commit", "note"].map((title) => ({ title })),
      deployments.map(({ project, id, current, deployedAt, by, commit, note }) => [
        project,
        id,
        current ? "yes" : "no",
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

async function showInForce({ output, openMesh }: CommandInput): Promise<ExitCode> {
  const state = await (await openMesh()).state();
  const { ids } = await state.currentDeployments();
  const stored = await state.getDeployments([...ids.values()]);
  const deployments = [...ids.values()].flatMap((id) => stored.get(id) ?? []).map(({ shard: _, ...rest }) => rest);
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
        formatTime(deployedAt),
        by,
        shortCommit(commit),
        note ?? "-",
      ]),
      output.colors,
    ),
  );
  return 0;
}

async function showHistory({ options, output, openMesh }: CommandInput, project: string): Promise<ExitCode> {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const state = await (await openMesh()).state();
  const events = await state.listDeploymentEvents({ project, limit });
  if (events.length === 0) throw problems.notDeployed({ project });
  const kept = new Map((await state.listDeployments({ project })).map((one) => [one.id, one]));
  const current = (await state.currentDeployments()).ids.get(project);
  const history = events.map((event) => {
    const found = event.deployment === undefined ? undefined : kept.get(event.deployment);
    return {
      ...event,
      inForce: event.sequence === events[0]?.sequence && event.deployment !== undefined && event.deployment === current,
      kept: found !== undefined,
      ...(found?.commit !== undefined && { commit: found.commit }),
      ...(found?.note !== undefined && { note: found.note }),
    };
  });
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
        formatTime(at),
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
  const broken = history.flatMap(({ at, broken }) => broken.map((what) => `  ${formatTime(at)}  ${what}`));
  if (broken.length > 0) output.result(["", output.colors.bold("broke contracts"), ...broken].join("\n"));
  return 0;
}

const SHOWN_COMMIT = 10;

function shortCommit(commit: string | undefined): string {
  if (commit === undefined) return "-";
  const [hash = "", ...rest] = commit.split("-");
  return [hash.slice(0, SHOWN_COMMIT), ...rest].join("-");
}
