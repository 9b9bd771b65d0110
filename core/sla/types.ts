// Owns what service levels are judged by: objectives, the facts about a mesh at one instant, and the judgement. Instants are milliseconds since 1970.
import type { Calendar, Owner } from "../manifest/index.ts";

/** `max_wait` is of a schedule, for incidents alone: no promise about data. */
export type ObjectiveKind = "freshness" | "available_by" | "max_duration" | "max_wait";

/** One promise about one table. */
export interface Objective {
  /** `project.model`, or `project.store.table` of a source. */
  readonly subject: string;
  readonly kind: ObjectiveKind;
  readonly project: string;
  readonly owner: Owner;
  /** The models in which the subject can be read: itself, or the snapshots of a source. */
  readonly models: readonly string[];
  /** `freshness`, `max_duration`. */
  readonly limitMs?: number;
  readonly warnMs?: number;
  /** `available_by`: `HH:MM` in the zone. */
  readonly time?: string;
  readonly timezone?: string;
  /** `project.schedule` of the model. */
  readonly schedule?: string;
  readonly calendar?: Calendar;
  /** 0 to 1. */
  readonly target?: number;
}

export interface BuildFact {
  readonly id: string;
  readonly model: string;
  readonly contentId?: string;
  readonly asOf?: number;
  readonly inputs: Readonly<Record<string, { readonly buildId: string; readonly contentId: string }>>;
}

/** The newest time somebody worked on a model. */
export interface AttemptFact {
  readonly startedAt: number;
  /** Absent while it goes on. */
  readonly endedAt?: number;
  /** `held`: a test of its own failed. `blocked`: something it reads failed. `done`: published, or nothing to do. */
  readonly outcome: "running" | "done" | "failed" | "held" | "blocked";
  /** For people, without a value of a row: `2 tests failed: …`, an error's code. */
  readonly why?: string;
  readonly errorCode?: string;
}

/** What a mesh looked like at one instant. */
export interface ServiceFacts {
  readonly now: number;
  readonly published: ReadonlyMap<string, { readonly buildId: string; readonly publishedAt: number }>;
  /** Published builds, and those that they were made from. */
  readonly builds: ReadonlyMap<string, BuildFact>;
  readonly attempts: ReadonlyMap<string, AttemptFact>;
  /** model -> when it was published, or found to be up to date, ascending. */
  readonly arrivals: ReadonlyMap<string, readonly number[]>;
  /** model -> how long its last runs took. */
  readonly durations: ReadonlyMap<string, readonly number[]>;
  /** `project.schedule` -> its tick at or before now, and the one after. */
  readonly ticks: ReadonlyMap<string, { readonly last?: number; readonly next?: number }>;
}

export type LevelState = "OK" | "AT_RISK" | "WARN" | "BREACH" | "UNKNOWN" | "HELD" | "INHERITED" | "CLOSED";

/** What is to blame. */
export interface Cause {
  readonly kind: "model" | "store" | "schedule";
  readonly id: string;
  readonly project: string;
  readonly owner: Owner;
  /** A clause for people: `its last extract failed [store/unreachable]`. */
  readonly why: string;
  /** From the subject to the cause. */
  readonly path: readonly string[];
}

export interface Judgement {
  readonly objective: Objective;
  readonly state: LevelState;
  /** What it would be if the cause were its own. */
  readonly own: LevelState;
  /** Whether the promise is kept, whatever the calendar says; absent while nothing can be said. */
  readonly good?: boolean;
  readonly asOf?: number;
  /** now − as-of. */
  readonly ageMs?: number;
  /** now − the last publish. */
  readonly publishAgeMs?: number;
  /** The last publish − as-of. */
  readonly latencyMs?: number;
  /** When the promise is broken, or was. */
  readonly deadline?: number;
  /** Present unless all is well. */
  readonly cause?: Cause;
}
