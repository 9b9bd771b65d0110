// Owns names of things that belong to one process, and how it shows that it lives, so that what a killed process left can be told.
import { utimes } from "node:fs/promises";
import { createId, identityOf, type ProcessState, processState } from "../../util/index.ts";

/** `host-pid-process-id`, unique; without `process` where the system does not tell it. */
export function createProcessName(): string {
  const { host, pid, process: identity } = identityOf();
  return [host, pid, ...(identity === undefined ? [] : [identity]), createId()].join("-");
}

/**
 * What became of the process in whose name the text ends. undefined when it ends in no such name, or in one without `process` of another
 * host: of an older version, which does not keep fresh what it has.
 */
export function ownerState(text: string): ProcessState | undefined {
  const match = /^(.*)-(\d+)(?:-([0-9a-f]{12}\.[0-9a-z]+))?-[0-9a-z]{26}$/.exec(text);
  if (!match) return undefined;
  const [, before = "", pid, identity] = match;
  const own = identityOf().host;
  // What stands before the host's name ends in a dot.
  const host = before === own || before.endsWith(`.${own}`) ? own : before;
  const state = processState({ host, pid: Number(pid), ...(identity !== undefined && { process: identity }) });
  return state === "unknown" && identity === undefined ? undefined : state;
}

const FRESHEN_EVERY_MS = 60_000;

/** Shows those who cannot see this process that it lives, by the folder's time of change, until the function it gives is called. */
export function keepFresh(folder: string): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    // DuckDB makes it when it first spills.
    utimes(folder, now, now).catch(() => undefined);
  }, FRESHEN_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
