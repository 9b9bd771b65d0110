// Owns the form of rows about service levels and their translation to the port's records. Runs no query.
import type {
  DeliveryRecord,
  IncidentRecord,
  LevelChangeRecord,
  LevelRecord,
  MuteRecord,
  SlotRecord,
} from "../service-level-types.ts";
import { readableJson } from "./database.ts";
import { type Instant, instant, present } from "./records.ts";

export interface LevelRow {
  subject: string;
  kind: string;
  state: string;
  good: number | null;
  since: Instant;
  promised_since: Instant;
  deadline: Instant | null;
}

export interface ChangeRow {
  subject: string;
  kind: string;
  at: Instant;
  state: string;
  good: number | null;
}

export interface SlotRow {
  subject: string;
  kind: string;
  due_at: Instant;
  since_at: Instant;
  met_at: Instant | null;
}

export interface IncidentRow {
  id: string;
  status: IncidentRecord["status"];
  severity: IncidentRecord["severity"];
  cause: string;
  affected: string;
  opened_at: Instant;
  last_seen_at: Instant;
  reopened: number;
  acknowledged_at: Instant | null;
  acknowledged_by: string | null;
  why: string | null;
  resolved_at: Instant | null;
  resolution: string | null;
}

export interface DeliveryRow {
  id: string;
  channel: string;
  recipient: string;
  status: DeliveryRecord["status"];
  attempts: number;
  not_before: Instant;
  delivered_at: Instant | null;
  error: string | null;
  alert_id: string;
  key: string;
  incident: string;
  alert_kind: DeliveryRecord["alert"]["kind"];
  severity: IncidentRecord["severity"];
  at: Instant;
  message: string;
}

export interface MuteRow {
  id: string;
  subject: string;
  by: string;
  why: string;
  since: Instant;
  until: Instant;
  ended_at: Instant | null;
  ended_by: string | null;
}

const goodOf = (good: number | null) => (good === null ? {} : { good: good === 1 });
export const goodCell = (good: boolean | undefined) => (good === undefined ? null : Number(good));

export const levelRecord = (row: LevelRow): LevelRecord => ({
  subject: row.subject,
  kind: row.kind,
  state: row.state,
  ...goodOf(row.good),
  since: new Date(row.since),
  promisedSince: new Date(row.promised_since),
  ...instant("deadline", row.deadline),
});

export const changeRecord = (row: ChangeRow): LevelChangeRecord => ({
  subject: row.subject,
  kind: row.kind,
  at: new Date(row.at),
  state: row.state,
  ...goodOf(row.good),
});

export const slotRecord = (row: SlotRow): SlotRecord => ({
  subject: row.subject,
  kind: row.kind,
  dueAt: new Date(row.due_at),
  sinceAt: new Date(row.since_at),
  ...instant("metAt", row.met_at),
});

export const incidentRecord = (row: IncidentRow): IncidentRecord => ({
  id: row.id,
  status: row.status,
  severity: row.severity,
  cause: JSON.parse(row.cause),
  affected: JSON.parse(row.affected),
  openedAt: new Date(row.opened_at),
  lastSeenAt: new Date(row.last_seen_at),
  reopened: row.reopened,
  ...instant("acknowledgedAt", row.acknowledged_at),
  ...present("acknowledgedBy", row.acknowledged_by),
  ...present("why", row.why),
  ...instant("resolvedAt", row.resolved_at),
  ...present("resolution", row.resolution),
});

export const incidentRow = (incident: IncidentRecord) => ({
  id: incident.id,
  status: incident.status,
  severity: incident.severity,
  cause: readableJson(incident.cause),
  affected: JSON.stringify(incident.affected),
  opened_at: incident.openedAt,
  last_seen_at: incident.lastSeenAt,
  reopened: incident.reopened,
  acknowledged_at: incident.acknowledgedAt ?? null,
  acknowledged_by: incident.acknowledgedBy ?? null,
  why: incident.why ?? null,
  resolved_at: incident.resolvedAt ?? null,
  resolution: incident.resolution ?? null,
});

export const deliveryRecord = (row: DeliveryRow): DeliveryRecord => ({
  id: row.id,
  channel: row.channel,
  recipient: row.recipient,
  status: row.status,
  attempts: row.attempts,
  notBefore: new Date(row.not_before),
  ...instant("deliveredAt", row.delivered_at),
  ...present("error", row.error),
  alert: {
    id: row.alert_id,
    key: row.key,
    incident: row.incident,
    kind: row.alert_kind,
    severity: row.severity,
    at: new Date(row.at),
    message: JSON.parse(row.message),
  },
});

export const muteRecord = (row: MuteRow): MuteRecord => ({
  id: row.id,
  subject: row.subject,
  by: row.by,
  why: row.why,
  since: new Date(row.since),
  until: new Date(row.until),
  ...instant("endedAt", row.ended_at),
  ...present("endedBy", row.ended_by),
});
