// Owns telling one process from every other, and whether one that was recorded still runs. What becomes of one that nobody here can be sure
// of is its caller's to decide, by how long it has been silent.
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { sha256Hex } from "./hash.ts";

/** What is recorded of a process, so that others can tell later whether it still runs. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /**
   * `place.start`: in which numbering of processes it has its pid, and since when. Two containers may have the same host name, and a
   * number is given again. Absent where the system does not tell (no /proc), and in what older versions recorded.
   */
  readonly process?: string;
}

/** `unknown`: it is not among the processes that can be seen from here, or may not be looked at. */
export type ProcessState = "alive" | "dead" | "unknown";

interface Here {
  readonly host: string;
  /** Hash of the host's name, the boot of its kernel and the namespace of pids; undefined where the system does not tell. */
  readonly place: string | undefined;
  /** False when /proc shows the processes of another namespace: its numbers are not ours. */
  readonly procIsOurs: boolean;
}

/** It never changes for a process; a name that its host is given later is not the one that it recorded. */
let here: Here | undefined;

/** Of this process, or of one that it can see. */
export function identityOf(pid: number = process.pid): ProcessIdentity {
  const { host, place } = ownPlace();
  const start = statOf(pid)?.start;
  return { host, pid, ...(place !== undefined && start !== undefined && { process: `${place}.${start}` }) };
}

/** Without `process` in it, host and pid decide: a process that was given the number again is then taken for the recorded one. */
export function processState({ host, pid, process: recorded }: ProcessIdentity): ProcessState {
  const { host: ownHost, place } = ownPlace();
  const [itsPlace, itsStart] = recorded?.split(".") ?? [];
  if (recorded === undefined ? host !== ownHost : itsPlace !== place) return "unknown";
  const stat = statOf(pid);
  // Dead and not yet collected by its parent: it has a number and does nothing.
  if (stat === undefined ? !exists(pid) : stat.collectable) return "dead";
  if (recorded === undefined) return "alive";
  // It is there, but this process may not look at it.
  if (stat === undefined) return "unknown";
  return stat.start === itsStart ? "alive" : "dead";
}

function ownPlace(): Here {
  here ??= lookAround();
  return here;
}

function lookAround(): Here {
  const host = hostname();
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const numbering = readlinkSync("/proc/self/ns/pid");
    const procIsOurs = readlinkSync("/proc/self") === String(process.pid);
    return { host, place: sha256Hex(`${host}\0${boot}\0${numbering}`).slice(0, 12), procIsOurs };
  } catch {
    return { host, place: undefined, procIsOurs: false };
  }
}

interface Stat {
  readonly collectable: boolean;
  /** Clock ticks from the machine's start to the process's, in base 36. */
  readonly start: string;
}

/** undefined when there is no such process, or it may not be looked at. */
function statOf(pid: number): Stat | undefined {
  if (pid !== process.pid && !ownPlace().procIsOurs) return undefined;
  try {
    return parseStat(readFileSync(`/proc/${pid === process.pid ? "self" : pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The line of /proc/<pid>/stat. The command's name stands second, in parentheses, and may hold spaces and parentheses itself. */
function parseStat(line: string): Stat | undefined {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state = "", ticks] = [fields[0], fields[19]];
  if (ticks === undefined || !/^\d+$/.test(ticks)) return undefined;
  return { collectable: /^[ZXx]$/.test(state), start: BigInt(ticks).toString(36) };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
