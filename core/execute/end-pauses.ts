// Owns ending the pauses of one thing because somebody asks for it, and finding what holds it still. Works on the state store alone.
import { problems } from "../errors/index.ts";
import {
  type Actor,
  type PauseRecord,
  type PauseSubject,
  pausesOn,
  type StateStore,
  sayPauseSubject,
} from "../state/index.ts";

export interface EndedPauses {
  readonly ended: readonly PauseRecord[];
  /** Pauses of its project or of everything. */
  readonly held: readonly PauseRecord[];
}

/** Ends every pause of just this. Throws `pause/not-paused`. */
export async function endPauses(subject: PauseSubject, by: Actor, state: StateStore): Promise<EndedPauses> {
  const ended = await state.unpause(subject, by);
  if (ended.length === 0) throw problems.pauseNone({ what: sayPauseSubject(subject) });
  return { ended, held: pausesOn(await state.listPauses(), subject, await state.now()) };
}
