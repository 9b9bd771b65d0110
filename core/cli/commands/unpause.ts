// Owns `mesh unpause`.
import { readPauseSubject, sayPauseSubject } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { pausesOn } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { plural } from "../output/format.ts";

export const run: CommandRunner = async ({ arguments: [what = ""], options, output, env, remote, openMesh }) => {
  const subject = readPauseSubject(what);
  const by = options.text("by");
  if (remote) {
    const ended = await remote.unpause(subject);
    output.document({ ended });
    output.result(`Unpaused ${sayPauseSubject(subject)}: ${plural(ended.length, "pause")} ended.`);
    return 0;
  }
  const state = await (await openMesh()).state();
  const actor = actorOf(env);
  const ended = await state.unpause(subject, by === undefined ? actor : { ...actor, actor: by });
  if (ended.length === 0) throw problems.pauseNone({ what: sayPauseSubject(subject) });
  const held = pausesOn(await state.listPauses(), subject, await state.now());
  output.document({ ended, held });
  const rest = held.map((pause) => sayPauseSubject(pause)).join(", ");
  output.result(
    `Unpaused ${sayPauseSubject(subject)}: ${plural(ended.length, "pause")} ended.${rest === "" ? "" : ` It is still held by ${rest}.`}`,
  );
  return 0;
};
