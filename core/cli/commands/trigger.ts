// Owns `mesh trigger`.
import { problems } from "../../errors/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";

export const run: CommandRunner = async ({ arguments: [schedule], options, output, env, openMesh }) => {
  const [select, exclude] = [options.list("select"), options.list("exclude")];
  if ((schedule === undefined) === (select === undefined))
    throw problems.triggerUnclear({ both: schedule !== undefined });
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
  const reason = options.text("why") ?? `asked for by ${by.actor}`;
  const ask = { select, exclude, schedule, fullRefresh: options.flag("full-refresh"), reason };
  const asked = await askForRun(ask, manifest, state, by, "run.trigger");
  output.document(asked);
  output.result(`Run ${asked.id} waits for a scheduler to begin it.`);
  const schedulers = (await state.listWorkers(SEEN_MS)).filter(({ kind }) => kind === "scheduler");
  if (schedulers.length === 0) output.note("No scheduler is running: start one with mesh scheduler.");
  else output.note(`To watch it: mesh runs ${asked.id}`);
  return 0;
};

/** A process that was not seen for longer is taken for gone. */
const SEEN_MS = 60_000;
