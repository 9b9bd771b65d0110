// Owns what the steps of one task share. Holds no logic.
import type { MeshError } from "../errors/index.ts";
import type { DriftNote, Manifest } from "../manifest/index.ts";
import type { Step } from "../plan/index.ts";
import type { Keyring } from "../protect/index.ts";
import type { Server } from "../publish/index.ts";
import type { BuildVerdict, PublishChange, StateStore, TestRecord } from "../state/index.ts";
import type { Clock } from "../util/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import type { BuildBook } from "./build-book.ts";
import type { RunEvent, StepResult } from "./events.ts";
import type { SessionHandover } from "./session-handover.ts";
import type { StoreSessions } from "./store-sessions.ts";

export interface RunContext {
  readonly runId: string;
  /** The absolute folder that the files of a project's models are named from. */
  readonly rootOf: (project: string) => string;
  readonly manifest: Manifest;
  readonly retention: { readonly builds: number; readonly minAgeMs: number };
  /** Variables in force in a project, for TypeScript models. */
  readonly varsOf: (project: string) => Readonly<Record<string, unknown>>;
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly builds: BuildBook;
  /** Reads through the task's one consistent session of a store; see `store-sessions.ts`. */
  readonly readStore: StoreSessions["read"];
  /** The keys of protected columns, read at the first call. Throws `protect/key-…`. */
  readonly keyring: () => Promise<Keyring>;
  readonly server: Server;
  readonly sessions: SessionHandover;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly emit: (event: RunEvent) => void;
}

/** What a step did. A step that fails throws a MeshError instead, except a test step: its results are its outcome. */
export interface StepOutcome {
  readonly status: StepResult["status"];
  readonly reason?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly error?: MeshError;
  readonly tests?: readonly TestRecord[];
  /** test: what is recorded in the transaction that settles the step. */
  readonly judged?: { readonly results: readonly TestRecord[]; readonly verdict: BuildVerdict };
  /** publish: what becomes visible in the transaction that settles the step. */
  readonly publish?: readonly PublishChange[];
  /** extract: how the store differs from what was declared of it, or from what it was. */
  readonly drift?: readonly DriftNote[];
}

export type StepRunner = (step: Step, context: RunContext) => Promise<StepOutcome>;
