// Owns the part of the state port by which people hold work back: what is paused, by whom, why and until when. What a pause
// stops is decided by `is-paused.ts` and by those who begin runs and admit tasks.
import type { Actor } from "./audit-types.ts";

/** `system`: everything; `project`, `schedule`: their runs; `model`: its tasks; `pool`: the tasks that take a slot of it. */
export type PauseKind = "system" | "project" | "schedule" | "model" | "pool";

export interface PauseSubject {
  readonly kind: PauseKind;
  /** `bookings`, `bookings.hourly`, `bookings.orders`, `store:bookings.bookings_db`; empty for the system. */
  readonly name: string;
}

export interface PauseRecord extends PauseSubject {
  readonly id: string;
  readonly by: string;
  readonly why?: string;
  readonly since: Date;
  /** Ends by itself then; nobody has to do anything. */
  readonly until?: Date;
  readonly endedAt?: Date;
  readonly endedBy?: string;
}

export interface PauseState {
  /** A subject may be paused several times at once, by several people; it goes on when the last pause has ended. */
  pause(pause: PauseSubject & { readonly why?: string; readonly forMs?: number }, by: Actor): Promise<PauseRecord>;
  /** Ends every pause of just this subject; gives those ended. */
  unpause(subject: PauseSubject, by: Actor): Promise<readonly PauseRecord[]>;
  /** Those in force, oldest first; with `ended` also those over, at most `limit` of them. */
  listPauses(filter?: { readonly ended?: boolean; readonly limit?: number }): Promise<readonly PauseRecord[]>;
}
