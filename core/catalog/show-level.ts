// Owns what is shown of promises and incidents. Judges nothing.
import type { Owner } from "../manifest/index.ts";
import type { Judgement } from "../sla/index.ts";
import type { IncidentRecord } from "../state/index.ts";
import type { ShownFreshness, ShownIncident } from "./shapes.ts";

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
    ...(good !== undefined && { good }),
    ...(limitMs !== undefined && { limitMs }),
    ...(time !== undefined && { time }),
    ...(timezone !== undefined && { timezone }),
    ...(asOf !== undefined && { asOf: iso(asOf) }),
    ...(ageMs !== undefined && { ageMs }),
    ...(publishAgeMs !== undefined && { publishAgeMs }),
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
