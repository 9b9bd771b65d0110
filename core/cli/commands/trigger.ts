// Owns `mesh trigger`.

import { type ShownRun, showRun } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import type { StateStore } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { followRun } from "../follow-run.ts";
import type { RemoteClient } from "../remote/remote-client.ts";

export const run: CommandRunner = async (input) => {
  const {
    arguments: [schedule],
    options,
    env,
    remote,
    openMesh,
  } = input;
  const [select, exclude] = [options.list("select"), options.list("exclude")];
  if ((schedule === undefined) === (select === undefined))
    throw problems.triggerUnclear({ both: schedule !== undefined });
  const why = options.text("why");
  if (remote) {
    const wanted = {
      ...(select && { select: [...select] }),
      ...(exclude && { exclude: [...exclude] }),
      ...(schedule !== undefined && { schedule }),
      ...(options.flag("full-refresh") && { fullRefresh: true }),
      reason: why ?? "asked for by hand",
    };
    const asked = await remote.askRun(wanted);
    return tell(asked, remote, input, `To watch it: mesh watch ${asked.id}`);
  }
  const actor = actorOf(env);
  const by = { ...actor, actor: options.text("by") ?? actor.actor };
  const mesh = await openMesh();
  const state = await mesh.state();
  const [{ loadDeployed }, { askForRun }] = await Promise.all([
    import("../../deploy/index.ts"),
    import("../../execute/index.ts"),
  ]);
  const { manifest, deployments } = await loadDeployed(state);
  if (deployments.size === 0) throw problems.nothingDeployed({});
  const reason = why ?? `asked for by ${by.actor}`;
  const ask = { select, exclude, schedule, fullRefresh: options.flag("full-refresh"), reason };
  const asked = await askForRun(ask, manifest, state, by, "run.trigger");
  const schedulers = (await state.listWorkers(SEEN_MS)).filter(({ kind }) => kind === "scheduler");
  const idle = schedulers.length === 0;
  const next = idle ? "No scheduler is running: start one with mesh scheduler." : `To watch it: mesh watch ${asked.id}`;
  return tell(showRun(asked), state, input, next);
};

async function tell(
  asked: ShownRun,
  from: StateStore | RemoteClient,
  input: CommandInput,
  next: string,
): Promise<ExitCode> {
  const { options, output } = input;
  const watch = options.flag("watch");
  if (!watch) output.document(asked);
  const said = `Run ${asked.id} waits for a scheduler to begin it.`;
  if (watch) output.note(said);
  else output.result(said);
  if (watch) return followRun(asked, from, input);
  output.note(next);
  return 0;
}

/** A process that was not seen for longer is taken for gone. */
const SEEN_MS = 60_000;
