// Owns `mesh pause`.
import { checkPauseSubject, readPauseSubject } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { sayPauseSubject } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { takeDurationMs } from "../time-option.ts";

/** What a pause does, by what is paused: completes "… until it is unpaused". */
const EFFECT = {
  system: "no run begins",
  project: "none of its runs begins",
  schedule: "none of its runs begins",
  model: "nothing builds it",
  pool: "no task takes a slot of it",
} as const;

export const run: CommandRunner = async ({ arguments: [what = ""], options, output, env, remote, openMesh }) => {
  const subject = readPauseSubject(what);
  const forMs = takeDurationMs(options, "until");
  const [why, by] = [options.text("why"), options.text("by")];
  if (remote) {
    if (why === undefined) throw problems.optionNeedsValue({ option: "--why", value: "text" });
    const pause = await remote.pause({ ...subject, reason: why, ...(forMs !== undefined && { forMs }) });
    output.document(pause);
    output.result(`Paused ${sayPauseSubject(subject)}: ${EFFECT[subject.kind]}. What has begun goes on.`);
    return 0;
  }
  const mesh = await openMesh();
  checkPauseSubject(subject, (await mesh.compile()).manifest, Object.keys(mesh.config.scheduler.pools));
  const actor = actorOf(env);
  const state = await mesh.state();
  const pause = await state.pause(
    { ...subject, ...(why !== undefined && { why }), ...(forMs !== undefined && { forMs }) },
    by === undefined ? actor : { ...actor, actor: by },
  );
  output.document(pause);
  const until = pause.until === undefined ? "until it is unpaused" : `until ${formatTime(pause.until)}`;
  output.result(`Paused ${sayPauseSubject(subject)}: ${EFFECT[subject.kind]} ${until}. What has begun goes on.`);
  return 0;
};
