// Owns names of things that belong to one process, so that what a killed process left can be told and removed.
import { hostname } from "node:os";
import { createId } from "../../util/index.ts";

/** `host-pid-id`, unique. */
export function createProcessName(): string {
  return `${hostname()}-${process.pid}-${createId()}`;
}

/** True when the text ends in a name of a process of this machine that is gone. Other machines' are never judged. */
export function isOfDeadProcess(text: string): boolean {
  const match = /^(.*)-(\d+)-[0-9a-z]{26}$/.exec(text);
  if (!match?.[1]?.endsWith(hostname())) return false;
  const pid = Number(match[2]);
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}
