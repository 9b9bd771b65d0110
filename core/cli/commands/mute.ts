// Owns `mesh mute`.
import { problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { takeDurationMs } from "../time-option.ts";

export const run: CommandRunner = async ({ arguments: [subject = ""], options, output, env, openMesh }) => {
  const end = options.flag("end");
  const forMs = takeDurationMs(options, "for");
  const why = options.text("why");
  if (!end && (why === undefined || why.trim() === "")) throw problems.reasonMissing({ what: "`mesh mute`" });
  if (!end && forMs === undefined) throw problems.muteWithoutEnd({ subject });
  const mesh = await openMesh();
  const { manifest } = await mesh.compile();
  const known = [manifest.projects, manifest.models, manifest.sources].flatMap((part) => Object.keys(part));
  if (!end && !known.includes(subject)) throw problems.muteUnknown({ subject, near: closest(subject, known) });
  const state = await mesh.state();
  const now = await state.now();
  if (end) {
    const ended = await state.unmute(subject, now, actorOf(env));
    output.document(ended);
    output.result(ended.length === 0 ? `${subject} is not muted.` : `${subject} is told about again.`);
    return 0;
  }
  const until = new Date(now.getTime() + (forMs ?? 0));
  const mute = await state.mute({ subject, why: why ?? "", until, now }, actorOf(env));
  output.document(mute);
  output.result(`Nobody is told about ${subject} until ${formatTime(until)}. Incidents are recorded all the same.`);
  return 0;
};
