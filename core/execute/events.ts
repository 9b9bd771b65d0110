// Owns what a run says while it goes on. Surfaces render these; nothing else leaves a run but its result.
import type { Diagnostic } from "../errors/index.ts";
import type { DriftNote } from "../manifest/index.ts";
import type { Step } from "../plan/index.ts";
import type { RunStatus, StepStatus, TestRecord } from "../state/index.ts";

export interface StepResult {
  readonly step: Step;
  readonly status: Exclude<StepStatus, "running">;
  /** Why it was skipped, held or unchanged, or what it did. */
  readonly reason?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly durationMs: number;
  readonly error?: Diagnostic;
  readonly tests?: readonly TestRecord[];
  /** extract: how the store differs from what was declared of it, or from what it was. */
  readonly drift?: readonly DriftNote[];
}

export interface RunResult {
  readonly runId: string;
  readonly status: Exclude<RunStatus, "running">;
  readonly steps: readonly StepResult[];
  readonly durationMs: number;
  /** project -> where readers find its tables, for the projects that published. */
  readonly served: Readonly<Record<string, string>>;
}

export type RunEvent =
  | { readonly type: "run-started"; readonly runId: string; readonly steps: readonly Step[] }
  | { readonly type: "step-started"; readonly step: Step }
  /** Totals so far, not increments. `estimate`: about how much there will be, as the store guesses. */
  | {
      readonly type: "step-progress";
      readonly step: Step;
      readonly rows?: number;
      readonly bytes?: number;
      readonly estimate?: { readonly rows?: number; readonly bytes?: number };
    }
  | { readonly type: "step-finished"; readonly result: StepResult }
  | { readonly type: "run-finished"; readonly result: RunResult };
