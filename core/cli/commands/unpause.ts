// Owns `mesh unpause`.
import { readPauseSubject, type ShownUnpaused, sayPauseSubject, showPause } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { pausesOn } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { plural } from "../output/format.ts";

export const run: CommandRunner = async ({ arguments: [what = ""], options, output, env, remote, openMesh }) => {
  const subject = readPauseSubject(what);
  const by = options.text("by");
  const unpauseHere = async (): Promise<ShownUnpaused> => {
    const state = await (await openMesh()).state();
    const actor = actorOf(env);
    const ended = await state.unpause(subject, by === undefined ? actor : { ...actor, actor: by });
    if (ended.length === 0) throw problems.pauseNone({ what: sayPauseSubject(subject) });
    const held = pausesOn(await state.listPauses(), subject, await state.now());
    return { ended: ended.map(showPause), held: held.map(showPause) };
  };
  const unpaused = remote ? await remote.unpause(subject) : await unpauseHere();
  output.document(unpaused);
  const rest = unpaused.held.map((pause) => sayPauseSubject(pause)).join(", ");
  output.result(
    `Unpaused ${sayPauseSubject(subject)}: ${plural(unpaused.ended.length, "pause")} ended.${rest === "" ? "" : ` It is still held by ${rest}.`}`,
  );
  return 0;
};
