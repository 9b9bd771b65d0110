// Owns the part of the state port about promises: how each stands, what was due when, incidents, alerts and their delivery, mutes.
//
// An evaluation reads all of it with a version, decides, and records what changed in one transaction that does nothing when somebody else
// recorded since. So any number of schedulers may evaluate, and whatever happens is noticed once.
import type { Owner } from "../manifest/index.ts";
import type { Actor } from "./audit-types.ts";

/** `subject` is `project.model` or `project.store.table`; `kind` is `freshness`, `available_by` or `max_duration`. Of incidents also `project.schedule` and `max_wait`. */
export interface LevelKey {
  readonly subject: string;
  readonly kind: string;
}

export interface LevelRecord extends LevelKey {
  readonly state: string;
  /** Whether the promise is kept; absent while nothing can be said. */
  readonly good?: boolean;
  /** Since when it stands so. */
  readonly since: Date;
  readonly promisedSince: Date;
  /** When a promise that is kept will be broken unless something newer comes. */
  readonly deadline?: Date;
}

/** A promise stood so from an instant on. */
export interface LevelChangeRecord extends LevelKey {
  readonly at: Date;
  readonly state: string;
  readonly good?: boolean;
}

/** Something due at an instant, written down before it is due. */
export interface SlotRecord extends LevelKey {
  readonly dueAt: Date;
  /** From when on what arrives counts. */
  readonly sinceAt: Date;
  /** In time or late. */
  readonly metAt?: Date;
}

export interface IncidentCause {
  /** `model`, `store` or `schedule`. */
  readonly kind: string;
  readonly id: string;
  readonly project: string;
  readonly owner: Owner;
  readonly why: string;
}

export type IncidentStatus = "open" | "acknowledged" | "resolved";

export interface IncidentRecord {
  readonly id: string;
  readonly status: IncidentStatus;
  /** `page`: a promise is broken. `ticket`: it is about to be. The worst it ever was. */
  readonly severity: "page" | "ticket";
  readonly cause: IncidentCause;
  /** The promises that are or were not kept because of it. */
  readonly affected: readonly (LevelKey & { readonly state: string; readonly project: string })[];
  readonly openedAt: Date;
  readonly lastSeenAt: Date;
  readonly reopened: number;
  readonly acknowledgedAt?: Date;
  readonly acknowledgedBy?: string;
  readonly why?: string;
  readonly resolvedAt?: Date;
  /** `recovered`, `cause moved`, `no longer promised`, or who resolved it. */
  readonly resolution?: string;
}

export type AlertKind = "opened" | "escalated" | "reopened" | "recovered";

/** What is told, to all channels alike. No value of a row is ever in it. */
export interface AlertMessage {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface NewAlert {
  readonly id: string;
  /** Unique for ever: what happened is told once. Receivers may tell repeated deliveries by it. */
  readonly key: string;
  readonly incident: string;
  readonly kind: AlertKind;
  readonly severity: IncidentRecord["severity"];
  readonly at: Date;
  readonly message: AlertMessage;
  /** Not before; of an incident that is muted. */
  readonly notBefore?: Date;
  readonly deliveries: readonly { readonly channel: string; readonly recipient: string }[];
}

export type DeliveryStatus = "pending" | "delivered" | "failed" | "cancelled";

export interface DeliveryRecord {
  readonly id: string;
  readonly alert: Omit<NewAlert, "deliveries" | "notBefore">;
  readonly channel: string;
  /** An address or a Slack channel; empty when the channel itself says where. */
  readonly recipient: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly notBefore: Date;
  readonly deliveredAt?: Date;
  readonly error?: string;
}

export interface MuteRecord {
  readonly id: string;
  /** A project, or a subject of promises. */
  readonly subject: string;
  readonly by: string;
  readonly why: string;
  readonly since: Date;
  readonly until: Date;
  readonly endedAt?: Date;
  readonly endedBy?: string;
}

/** What an evaluation goes on from. */
export interface LevelMemory {
  readonly version: string;
  readonly evaluatedAt?: Date;
  readonly levels: readonly LevelRecord[];
  /** Those not met, and of each promise the newest before. */
  readonly slots: readonly SlotRecord[];
  /** Open and acknowledged ones, and those resolved after `resolvedSince`. */
  readonly incidents: readonly IncidentRecord[];
  readonly mutes: readonly MuteRecord[];
}

export interface LevelChanges {
  readonly at: Date;
  readonly levels: readonly LevelRecord[];
  readonly changes: readonly LevelChangeRecord[];
  readonly slots: readonly SlotRecord[];
  /** No longer promised: their levels and open slots are forgotten, what was is kept. */
  readonly forgotten: readonly LevelKey[];
  readonly incidents: readonly IncidentRecord[];
  readonly alerts: readonly NewAlert[];
  /** Incidents of which nothing that has not been told is told any more. */
  readonly silenced: readonly string[];
}

export interface ServiceLevelState {
  readServiceLevels(resolvedSince: Date): Promise<LevelMemory>;
  /** All or nothing; false when somebody else recorded since `version` was read. */
  recordServiceLevels(version: string, changes: LevelChanges): Promise<boolean>;
  /** Ascending; with the one in force at `from` of each promise. */
  listLevelChanges(range: { readonly from: Date; readonly to: Date }): Promise<readonly LevelChangeRecord[]>;
  /** Due in [from, to), ascending. */
  listSlots(range: { readonly from: Date; readonly to: Date }): Promise<readonly SlotRecord[]>;

  /** Newest first. */
  listIncidents(filter?: { readonly open?: boolean; readonly limit?: number }): Promise<readonly IncidentRecord[]>;
  getIncident(id: string): Promise<IncidentRecord | undefined>;
  /** undefined when it is not in a status that can be. A resolved incident opens anew when its promises are still not kept. */
  settleIncident(
    id: string,
    status: "acknowledged" | "resolved",
    why: string,
    by: Actor,
  ): Promise<IncidentRecord | undefined>;

  /** Takes deliveries that are due for so long; they are nobody else's until then. Oldest first. */
  claimDeliveries(
    now: Date,
    claim: { readonly limit: number; readonly leaseMs: number },
  ): Promise<readonly DeliveryRecord[]>;
  /**
   * `claimed`: as it was taken. That it was delivered counts whoever says so; what failed counts only while nobody has taken it since.
   */
  settleDelivery(
    claimed: Pick<DeliveryRecord, "id" | "attempts">,
    result:
      | { readonly status: "delivered"; readonly at: Date }
      | { readonly status: "failed"; readonly error: string }
      | { readonly status: "pending"; readonly error: string; readonly notBefore: Date },
  ): Promise<void>;
  /** Oldest first. */
  listDeliveries(filter: {
    readonly incident?: string;
    readonly status?: DeliveryStatus;
  }): Promise<readonly DeliveryRecord[]>;

  mute(
    mute: { readonly subject: string; readonly why: string; readonly until: Date; readonly now: Date },
    by: Actor,
  ): Promise<MuteRecord>;
  /** Ends every mute of the subject; gives those ended. What was held back by them is told `now`. */
  unmute(subject: string, now: Date, by: Actor): Promise<readonly MuteRecord[]>;
  /** In force at `now`; with `ended` all, newest first, at most `limit` of them. */
  listMutes(filter: {
    readonly now: Date;
    readonly ended?: boolean;
    readonly limit?: number;
  }): Promise<readonly MuteRecord[]>;

  /** model -> milliseconds that its last steps of a run took together, at most so many runs, newest first. */
  modelDurations(models: readonly string[], runs: number): Promise<ReadonlyMap<string, readonly number[]>>;
}
