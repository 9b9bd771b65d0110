// Owns names of things that belong to one process, so that what a killed process left can be told.
import { createId, identityOf, type ProcessState, processState } from "../../util/index.ts";

/** `host-pid-process-id`, unique; without `process` where the system does not tell it. */
export function createProcessName(): string {
  const { host, pid, process: identity } = identityOf();
  return [host, pid, ...(identity === undefined ? [] : [identity]), createId()].join("-");
}

/** What became of the process in whose name the text ends; undefined when it ends in no such name. */
export function ownerState(text: string): ProcessState | undefined {
  const match = /^(.*)-(\d+)(?:-([0-9a-f]{12}\.[0-9a-z]+))?-[0-9a-z]{26}$/.exec(text);
  if (!match) return undefined;
  const [, before = "", pid, identity] = match;
  const own = identityOf().host;
  // What stands before the host's name ends in a dot.
  const host = before === own || before.endsWith(`.${own}`) ? own : before;
  return processState({ host, pid: Number(pid), ...(identity !== undefined && { process: identity }) });
}
