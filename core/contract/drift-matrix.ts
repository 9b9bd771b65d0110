// Owns which words a drift policy may hold for which kind of change, and what each means. Judges nothing.
import type { DriftAction, DriftKind } from "../manifest/index.ts";

/** What becomes of a snapshot in one case. */
export type DriftOutcome =
  /** Nothing has changed: there is no earlier build to compare with. */
  | "no drift"
  /** The step fails and says everything; what was published stays. */
  | "refused"
  /** The store is read as declared; the change is recorded and shown. */
  | "noted"
  /** The column lands as NULL; recorded, shown and warned of at every run until the declaration drops it. */
  | "lands as NULL"
  /** Taken for what it otherwise is: a column dropped and a column added, each under its own word. */
  | "dropped + added"
  /** Recorded and read as declared when the type was widened without loss, else refused. */
  | "noted if lossless"
  /** Nothing is read. The published build stays and is told to be as old as it is. */
  | "held"
  /** The word says nothing for this kind: refused when the mesh compiles. */
  | "not a word";

export interface DriftCell {
  /** No build is published, or a full refresh was asked for: nothing is known of the store before. */
  readonly fresh: DriftOutcome;
  /** A build is published whose reading recorded the store's columns. */
  readonly existing: DriftOutcome;
}

const NO_WORD: DriftCell = { fresh: "not a word", existing: "not a word" };
const NEVER: DriftCell = { fresh: "refused", existing: "refused" };

/** Checked cell by cell on real stores, and against the table in docs/drift.md. */
export const DRIFT_MATRIX: Readonly<Record<DriftKind, Readonly<Record<DriftAction, DriftCell>>>> = {
  added: {
    refuse: { fresh: "no drift", existing: "refused" },
    ignore_new: { fresh: "no drift", existing: "noted" },
    add: { fresh: "noted", existing: "noted" },
    widen: NO_WORD,
  },
  dropped: {
    refuse: NEVER,
    ignore_new: { fresh: "refused", existing: "lands as NULL" },
    add: NO_WORD,
    widen: NO_WORD,
  },
  renamed: {
    refuse: NEVER,
    ignore_new: { fresh: "refused", existing: "dropped + added" },
    add: NO_WORD,
    widen: NO_WORD,
  },
  retyped: {
    refuse: { fresh: "no drift", existing: "refused" },
    ignore_new: { fresh: "no drift", existing: "noted" },
    add: NO_WORD,
    widen: { fresh: "no drift", existing: "noted if lossless" },
  },
  nullable: {
    refuse: { fresh: "no drift", existing: "refused" },
    ignore_new: { fresh: "no drift", existing: "noted" },
    add: NO_WORD,
    widen: { fresh: "no drift", existing: "noted" },
  },
  table_gone: {
    refuse: NEVER,
    ignore_new: { fresh: "refused", existing: "held" },
    add: NO_WORD,
    widen: NO_WORD,
  },
};

export const DRIFT_KINDS = Object.keys(DRIFT_MATRIX) as readonly DriftKind[];

/** The words that mean something for a kind of change. */
export function wordsFor(kind: DriftKind): readonly DriftAction[] {
  const row = DRIFT_MATRIX[kind];
  return (Object.keys(row) as DriftAction[]).filter((action) => row[action].existing !== "not a word");
}
