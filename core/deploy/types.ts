// Owns the shapes of what deploying is asked and what it answers. Plain data.
import type { ContractChange, MissingUpstream } from "../contract/index.ts";
import type { Diagnostic } from "../errors/index.ts";
import type { Schedule } from "../manifest/index.ts";
import type { Actor, DeploymentEvent } from "../state/index.ts";

export interface DeployOptions {
  /** Only these, and all of them or none; every project of the working folder that can be, unless told. */
  readonly projects?: readonly string[];
  readonly note?: string;
  readonly by: Actor;
  /** Contracts may break; why is written down. */
  readonly allowBreaking?: { readonly why: string };
  /** Judges and records nothing. */
  readonly dryRun?: boolean;
}

export interface SwitchOptions {
  readonly by: Actor;
  readonly why: string;
  readonly allowBreaking?: boolean;
}

/** What a deployment changes for its own project. */
export interface ProjectChanges {
  /** True when nothing of the project was deployed before. */
  readonly first: boolean;
  /** Ids of models. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** `what`: `query`, `columns`, `schedule`, …. */
  readonly changed: readonly { readonly model: string; readonly what: readonly string[] }[];
  readonly schedules: readonly { readonly name: string; readonly from?: Schedule; readonly to?: Schedule }[];
  /** Paths of files that models need when they run, of other content or new. */
  readonly files: readonly string[];
}

/** `refused`: it compiles, and may not be deployed as things are. */
export type DeployStatus = "deployed" | "unchanged" | "refused" | "broken" | "held";

export interface DeployedProject {
  readonly project: string;
  /** `held`: it could be deployed, but another that was named with it could not. */
  readonly status: DeployStatus;
  /** The deployment now in force, made or found; absent of a dry run's new ones. */
  readonly deployment?: string;
  readonly previous?: string;
  readonly changes?: ProjectChanges;
  /** Of public models, heaviest first. */
  readonly contract: readonly ContractChange[];
  /** What it reads of others that is not deployed. */
  readonly missing: readonly MissingUpstream[];
  /** Why it does not compile. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface DeployResult {
  /** Nothing was refused or broken. */
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly commit?: string;
  readonly projects: readonly DeployedProject[];
}

export interface SwitchedDeployment {
  readonly event: DeploymentEvent;
  readonly changes: ProjectChanges;
  readonly contract: readonly ContractChange[];
  readonly missing: readonly MissingUpstream[];
}
