// Owns the decision whether a pause holds something back. Pure: pauses and the time are handed in.
import type { PauseRecord, PauseSubject } from "./pause-types.ts";

/**
 * The pauses that hold the subject back at `now`, oldest first. A schedule is held by its own, its project's and the system's,
 * a project by its own and the system's; a model and a pool by their own alone: work that has begun goes on to its end.
 */
export function pausesOn(pauses: readonly PauseRecord[], subject: PauseSubject, now: Date): readonly PauseRecord[] {
  return pauses
    .filter((pause) => isInForce(pause, now) && holds(pause, subject))
    .sort((a, b) => a.since.getTime() - b.since.getTime() || (a.id < b.id ? -1 : 1));
}

export function isPaused(pauses: readonly PauseRecord[], subject: PauseSubject, now: Date): boolean {
  return pauses.some((pause) => isInForce(pause, now) && holds(pause, subject));
}

export interface PausedSubjects {
  readonly system: boolean;
  readonly projects: ReadonlySet<string>;
  readonly schedules: ReadonlySet<string>;
  /** Their tasks are not admitted. */
  readonly models: ReadonlySet<string>;
  /** Their limit is 0. */
  readonly pools: ReadonlySet<string>;
}

/** What is paused itself at `now`, by kind. */
export function pausedSubjects(pauses: readonly PauseRecord[], now: Date): PausedSubjects {
  const names = (kind: PauseRecord["kind"]) =>
    new Set(pauses.flatMap((pause) => (pause.kind === kind && isInForce(pause, now) ? [pause.name] : [])));
  return {
    system: isPaused(pauses, { kind: "system", name: "" }, now),
    projects: names("project"),
    schedules: names("schedule"),
    models: names("model"),
    pools: names("pool"),
  };
}

/** `paused since 2026-11-22 10:00 UTC by ana (store is being moved), until 12:00`: completes "… is". */
export function describePause({ by, why, since, until }: PauseRecord): string {
  const at = (time: Date) => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const because = why === undefined ? "" : ` (${why})`;
  return `paused by ${by} since ${at(since)}${because}${until === undefined ? "" : `, until ${at(until)}`}`;
}

function isInForce({ since, until, endedAt }: PauseRecord, now: Date): boolean {
  if (endedAt !== undefined && endedAt <= now) return false;
  return since <= now && (until === undefined || now < until);
}

function holds(pause: PauseSubject, { kind, name }: PauseSubject): boolean {
  switch (pause.kind) {
    case "system":
      return kind === "system" || kind === "project" || kind === "schedule";
    case "project":
      return (kind === "project" && name === pause.name) || (kind === "schedule" && name.startsWith(`${pause.name}.`));
    case "schedule":
    case "model":
    case "pool":
      return kind === pause.kind && name === pause.name;
  }
}

/** As people write it, and as `mesh pause` takes it. */
export function sayPauseSubject({ kind, name }: PauseSubject): string {
  return kind === "system" ? "system" : `${kind}:${name}`;
}
