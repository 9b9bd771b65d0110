// Owns `mesh mute`.
import { checkMuteSubject, showMute } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { takeDurationMs } from "../time-option.ts";

export const run: CommandRunner = async ({ arguments: [subject = ""], options, output, env, remote, openMesh }) => {
  const forMs = takeDurationMs(options, "for");
  const why = options.text("why");
  if (options.flag("end")) {
    const ended = remote ? await remote.unmute(subject) : await unmuteHere();
    output.document(ended);
    output.result(ended.length === 0 ? `${subject} is not muted.` : `${subject} is told about again.`);
    return 0;
  }
  if (why === undefined || why.trim() === "") throw problems.reasonMissing({ what: "`mesh mute`" });
  if (forMs === undefined) throw problems.muteWithoutEnd({ subject });
  const mute = remote ? await remote.mute({ subject, reason: why, forMs }) : await muteHere(why, forMs);
  output.document(mute);
  output.result(
    `Nobody is told about ${subject} until ${formatTime(new Date(mute.until))}. Incidents are recorded all the same.`,
  );
  return 0;

  async function unmuteHere() {
    const state = await (await openMesh()).state();
    return (await state.unmute(subject, await state.now(), actorOf(env))).map(showMute);
  }

  async function muteHere(reason: string, ms: number) {
    const mesh = await openMesh();
    checkMuteSubject(subject, (await mesh.compile()).manifest);
    const state = await mesh.state();
    const now = await state.now();
    const until = new Date(now.getTime() + ms);
    return showMute(await state.mute({ subject, why: reason, until, now }, actorOf(env)));
  }
};
