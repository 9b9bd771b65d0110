// Owns what is shown of promises and incidents. Judges nothing.
import type { Owner } from "../manifest/index.ts";
import type { Attainment, Judgement, Objective } from "../sla/index.ts";
import type { DeliveryRecord, IncidentRecord } from "../state/index.ts";
import type { ShownAttainment, ShownFreshness, ShownIncident, ShownIncidentDetail } from "./shapes.ts";

const showOwner = ({ team, email, slack }: Owner) => ({
  team,
  ...(email !== undefined && { email }),
  ...(slack !== undefined && { slack }),
});
const iso = (ms: number) => new Date(ms).toISOString();

export function showFreshness(judgement: Judgement): ShownFreshness {
  const { objective, state, good, asOf, ageMs, publishAgeMs, deadline, cause } = judgement;
  const { subject, kind, project, owner, limitMs, time, timezone } = objective;
  return {
    subject,
    kind,
    project,
    owner: showOwner(owner),
    state,
    own: judgement.own,
    ...(good !== undefined && { good }),
    ...(limitMs !== undefined && { limitMs }),
    ...(time !== undefined && { time }),
    ...(timezone !== undefined && { timezone }),
    ...(asOf !== undefined && { asOf: iso(asOf) }),
    ...(ageMs !== undefined && { ageMs }),
    ...(publishAgeMs !== undefined && { publishAgeMs }),
    ...(judgement.latencyMs !== undefined && { latencyMs: judgement.latencyMs }),
    ...(deadline !== undefined && { deadline: iso(deadline) }),
    ...(cause && {
      cause: {
        kind: cause.kind,
        id: cause.id,
        project: cause.project,
        owner: showOwner(cause.owner),
        why: cause.why,
        path: [...cause.path],
      },
    }),
  };
}

export function showIncidentDetail(
  incident: IncidentRecord,
  deliveries: readonly DeliveryRecord[],
): ShownIncidentDetail {
  return {
    ...showIncident(incident),
    deliveries: deliveries.map(({ alert, channel, recipient, status, attempts, error }) => ({
      kind: alert.kind,
      channel,
      recipient,
      status,
      attempts,
      ...(error !== undefined && { error }),
    })),
  };
}

export function showAttainment(month: string, objective: Objective, attainment: Attainment): ShownAttainment {
  const { subject, kind, project, owner } = objective;
  return { month, subject, promise: kind, project, owner: showOwner(owner), ...attainment };
}

export function showIncident(incident: IncidentRecord): ShownIncident {
  const { cause, affected, openedAt, lastSeenAt, acknowledgedAt, resolvedAt } = incident;
  const { id, status, severity, reopened, acknowledgedBy, why, resolution } = incident;
  return {
    id,
    status,
    severity,
    cause: { kind: cause.kind, id: cause.id, project: cause.project, owner: showOwner(cause.owner), why: cause.why },
    affected: affected.map(({ subject, kind, state, project }) => ({ subject, kind, state, project })),
    openedAt: openedAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    reopened,
    ...(acknowledgedAt && { acknowledgedAt: acknowledgedAt.toISOString() }),
    ...(acknowledgedBy !== undefined && { acknowledgedBy }),
    ...(why !== undefined && { why }),
    ...(resolvedAt && { resolvedAt: resolvedAt.toISOString() }),
    ...(resolution !== undefined && { resolution }),
  };
}
