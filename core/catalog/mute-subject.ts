// Owns that whatever is to be muted is there: a project, a model or a source.
import { problems } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import { closest } from "../util/index.ts";

/** Throws `sla/mute-unknown`: a mute of what is not there would silence nobody, unnoticed. */
export function checkMuteSubject(subject: string, { projects, models, sources }: Manifest): void {
  const known = [projects, models, sources].flatMap((part) => Object.keys(part));
  if (!known.includes(subject)) throw problems.muteUnknown({ subject, near: closest(subject, known) });
}
