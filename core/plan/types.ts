// Owns the plan: an ordered list of steps, each with its reason. Plain data, made before anything runs.
import type { DriftNote } from "../manifest/index.ts";

export type StepKind = "extract" | "build" | "test" | "publish" | "prune";

export interface Step {
  /** `kind:model`, such as `build:bookings.orders`; for a publish group `publish:project/group`;
   * the prune is `prune:builds`. */
  readonly id: string;
  readonly kind: StepKind;
  /** The models it is about: one, except for a publish group and for the prune that ends a plan. */
  readonly models: readonly string[];
  /** Why it is in the plan, for people. */
  readonly reason: string;
  /** Steps that must have succeeded before. */
  readonly dependsOn: readonly string[];
  /** extract: the store read, `project.store`. */
  readonly store?: string;
  /** build: true when the rows are made anew although an incremental base exists. */
  readonly fullRefresh?: boolean;
  /** extract: the range that is read again, instead of what is new; `from` inclusive, `to` exclusive, as the cursor's text. */
  readonly window?: { readonly from?: string; readonly to?: string };
  /** True when the step runs only if one of its inputs turns out to have new content. */
  readonly conditional?: boolean;
}

/** What the last run of a snapshot found its store to be, other than declared or than before. */
export interface FoundDrift {
  readonly model: string;
  /** `project.store`, and who is to be asked about it. */
  readonly store: string;
  readonly owner: string;
  readonly runId: string;
  /** ISO. */
  readonly at: string;
  readonly notes: readonly DriftNote[];
  /** Why nothing was read: what is published of the model is older. */
  readonly problem?: string;
}

export interface Plan {
  /** In an order that respects `dependsOn`. */
  readonly steps: readonly Step[];
  /** Selected models that need nothing, and why. */
  readonly upToDate: readonly { readonly model: string; readonly reason: string }[];
  /** model id -> the build this run reads for every input it does not make. */
  readonly pins: Readonly<Record<string, string>>;
  /** Selected models that cannot run because their project is broken or an input was never built. */
  readonly blocked: readonly { readonly model: string; readonly reason: string }[];
  /** Of the snapshots it reads again. */
  readonly drift: readonly FoundDrift[];
}
