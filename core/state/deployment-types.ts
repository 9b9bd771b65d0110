// Owns the part of the state port that says what is deployed: each project's compiled shard with the files that its models need when
// they run, which of its deployments is in force, and who made it so.

import type { Actor } from "./audit-types.ts";

export interface DeploymentFile {
  /** Relative to the mesh's root, `/` separated. */
  readonly path: string;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  readonly bytes: number;
}

export interface NewDeployment {
  readonly id: string;
  readonly project: string;
  /** The mesh's name and the target it was compiled for. */
  readonly mesh: string;
  readonly target: string;
  /** Says whether two deployments of a project are the same: of shard, variables and files. */
  readonly contentHash: string;
  /** JSON. */
  readonly shard: string;
  /** What the project's TypeScript models see as `vars`. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly files: readonly DeploymentFile[];
  readonly commit?: string;
  readonly note?: string;
}

export interface DeploymentRecord extends Omit<NewDeployment, "shard"> {
  /** Of the last event recorded with it: whatever has it or a smaller one was in force when this was judged. */
  readonly sequence: number;
  readonly by: string;
  readonly deployedAt: Date;
}

export interface StoredDeployment extends DeploymentRecord {
  readonly shard: string;
}

export type DeploymentAction = "deploy" | "rollback" | "retire";

/** What was in force changed. */
export interface DeploymentEvent {
  /** Grows by every event about deployments; never reused. */
  readonly sequence: number;
  readonly project: string;
  readonly action: DeploymentAction;
  /** In force since; absent when the project was retired. */
  readonly deployment?: string;
  /** In force before. */
  readonly previous?: string;
  readonly by: string;
  readonly why?: string;
  /** What of the contracts it broke, allowed by `why`: sentences. */
  readonly broken: readonly string[];
  readonly at: Date;
}

export interface DeployedNow {
  /** Of the newest event; 0 when nothing was ever deployed. */
  readonly sequence: number;
  /** project -> the deployment in force. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Who does it and why, and what it was judged by. */
export interface DeploymentChange {
  readonly by: Actor;
  readonly why?: string;
  /** By project: what of its contracts it breaks, as sentences. */
  readonly broken?: Readonly<Record<string, readonly string[]>>;
  /** The sequence at which it was judged. When another event came in between nothing is changed, for it to be judged again. */
  readonly after: number;
}

export interface DeploymentState {
  /** One transaction and one answer, however many projects. */
  currentDeployments(): Promise<DeployedNow>;
  getDeployments(ids: readonly string[]): Promise<ReadonlyMap<string, StoredDeployment>>;
  /** Newest first. */
  listDeployments(filter?: {
    readonly project?: string;
    readonly limit?: number;
  }): Promise<readonly DeploymentRecord[]>;
  /** Newest first. */
  listDeploymentEvents(filter?: {
    readonly project?: string;
    readonly limit?: number;
  }): Promise<readonly DeploymentEvent[]>;
  /**
   * Makes all of them the deployments in force, or none, in one transaction (with the entries of the audit log), with their files: `content` is asked for those that the
   * store does not have. undefined when something else was deployed since `after`.
   */
  recordDeployments(
    deployments: readonly NewDeployment[],
    change: DeploymentChange,
    content: (file: DeploymentFile) => Promise<Uint8Array>,
  ): Promise<readonly DeploymentEvent[] | undefined>;
  /**
   * Makes an earlier deployment of the project the one in force, or (null) none. undefined when something else was deployed since
   * `after`. Throws `deploy/not-found` when it is gone.
   */
  switchDeployment(
    project: string,
    to: string | null,
    change: DeploymentChange & { readonly why: string },
  ): Promise<DeploymentEvent | undefined>;
  readDeploymentFile(hash: string): Promise<Uint8Array | undefined>;
  /**
   * Removes deployments that are neither in force, nor what going back from there leads to, nor among the newest of their project, nor in
   * use by a run, nor in force at `replacedSince` or later, by the database's clock; and the files that no deployment has any more. What happened stays
   * told. Returns the ids of the removed. `by`: who does it, for the audit log.
   */
  removeDeployments(
    keep: { readonly newest: number; readonly inUse: readonly string[]; readonly replacedSince?: Date },
    by?: Actor,
  ): Promise<readonly string[]>;
  /** Of these ids, those of deployments that this store had and has no more. It never has them again. */
  removedDeployments(ids: readonly string[]): Promise<readonly string[]>;
}
