// Owns what a duty is: one thing a process looks after again and again. All of a scheduler's work is duties, and a worker tidies up by one; the loop
// that calls them is in `process/`.
import type { Deployed } from "../core/deploy/index.ts";
import type { Transport } from "../core/execute/index.ts";
import type { StateStore } from "../core/state/index.ts";

export interface DutyContext {
  readonly state: StateStore;
  readonly transport: Transport;
  /** What is deployed now; read anew when a deployment was made. */
  readonly deployed: () => Promise<Pick<Deployed, "manifest" | "ids">>;
  /** The time that schedules and deadlines go by: the database's clock, unless it is rehearsed at another speed. */
  readonly scheduleTime: () => Promise<Date>;
  /** Aborted when the process drains. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Structured lines: pino's shape. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Duty {
  readonly name: string;
  /** How often, when nobody asks for a look in between. */
  readonly everyMs: number;
  /** It tidies up: a look does not hurry it. */
  readonly unhurried?: true;
  /** Must be safe in any number of processes at once and after a crash at any instant. What it throws is logged and changes nothing else. */
  run(context: DutyContext): Promise<void>;
}
