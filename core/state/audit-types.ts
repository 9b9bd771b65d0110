// Owns the part of the state port that remembers who did what: the audit log and the tokens of the API. Knows no surface.

/** Where an action came from. */
export type AuditVia = "cli" | "api" | "scheduler";

/** Who does something, from where. Whatever a person can do takes one of these and writes it down in its own transaction. */
export interface Actor {
  /** A user, the name of a token, or a duty of the scheduler. */
  readonly actor: string;
  readonly via: AuditVia;
}

export interface AuditEntry extends Actor {
  /** `noun.verb`, such as `run.cancel` or `schedule.pause`. */
  readonly action: `${string}.${string}`;
  /** What it was done to, as a person would name it: a run's id, `bookings.hourly`, a model. */
  readonly subject: string;
  /** Plain JSON: why, until when, from what to what. Keys named like a secret and passwords in URLs are kept out. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends AuditEntry {
  /** Counts up from 1 without gaps. */
  readonly sequence: number;
  readonly at: Date;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Of this entry and the hash of the one before it. */
  readonly hash: string;
}

export interface AuditFilter {
  readonly subject?: string;
  readonly actor?: string;
  readonly action?: string;
  /** At this instant or later. */
  readonly since?: Date;
  /** Only entries with a smaller sequence: the next page. */
  readonly before?: number;
  readonly limit?: number;
}

/** `broken`: the first entry that is not what was written, or is not there. */
export type AuditVerdict =
  | { readonly intact: true; readonly entries: number }
  | {
      readonly intact: false;
      readonly entries: number;
      readonly broken: { readonly sequence: number; readonly what: string };
    };

export interface AuditState {
  /** Appends one entry. A method that changes something writes its entry in its own transaction instead, by `writeAudit`. */
  appendAudit(entry: AuditEntry): Promise<AuditRecord>;
  /** Newest first. */
  listAudit(filter?: AuditFilter): Promise<readonly AuditRecord[]>;
  /** Reads the whole log and computes its hashes again. */
  verifyAudit(): Promise<AuditVerdict>;
}
