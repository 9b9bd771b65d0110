// Owns `mesh unpause`.
import { readPauseSubject, showUnpaused } from "../../catalog/index.ts";
import { sayPauseSubject } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { plural } from "../output/format.ts";

export const run: CommandRunner = async ({ arguments: [what = ""], options, output, env, remote, openMesh }) => {
  const subject = readPauseSubject(what);
  const by = options.text("by");
  const unpauseHere = async () => {
    const actor = actorOf(env);
    const state = await (await openMesh()).state();
    const { endPauses } = await import("../../execute/index.ts");
    return showUnpaused(await endPauses(subject, by === undefined ? actor : { ...actor, actor: by }, state));
  };
  const unpaused = remote ? await remote.unpause(subject) : await unpauseHere();
  output.document(unpaused);
  const rest = unpaused.held.map((pause) => sayPauseSubject(pause)).join(", ");
  output.result(
    `Unpaused ${sayPauseSubject(subject)}: ${plural(unpaused.ended.length, "pause")} ended.${rest === "" ? "" : ` It is still held by ${rest}.`}`,
  );
  return 0;
};
