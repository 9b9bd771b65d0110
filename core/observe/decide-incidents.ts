// Owns what becomes of incidents: which promises have one cause, what is new, worse, back again or over. Pure.
import type { AlertsConfig } from "../config/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Cause, Judgement } from "../sla/index.ts";
import type { AlertKind, IncidentRecord, LevelMemory, MuteRecord, NewAlert } from "../state/index.ts";
import { composeAlert } from "./compose-alert.ts";
import { routeAlert } from "./route-alert.ts";

/** An incident of the same cause that was over for less than this opens again. */
export const REOPEN_MS = 3_600_000;

export interface IncidentQuestion {
  readonly manifest: Manifest;
  readonly config: AlertsConfig;
  readonly memory: LevelMemory;
  readonly judgements: readonly Judgement[];
  readonly now: Date;
  readonly newId: () => string;
}

export interface IncidentDecision {
  readonly incidents: readonly IncidentRecord[];
  readonly alerts: readonly NewAlert[];
  readonly silenced: readonly string[];
}

const WORST_FIRST = ["BREACH", "HELD", "WARN", "AT_RISK"];
const TROUBLE = new Set(WORST_FIRST);
const keyOf = ({ subject, kind }: { readonly subject: string; readonly kind: string }) => `${subject} ${kind}`;
const rootOf = ({ kind, id }: { readonly kind: string; readonly id: string }) => `${kind} ${id}`;
const rank = ({ own }: Judgement) => WORST_FIRST.indexOf(own);

export function decideIncidents(question: IncidentQuestion): IncidentDecision {
  const { memory, judgements, now, newId } = question;
  const open = memory.incidents.filter(({ status }) => status !== "resolved");
  const members = assign(open, judgements, memory.incidents, newId);

  const incidents: IncidentRecord[] = [];
  const alerts: NewAlert[] = [];
  const silenced: string[] = [];
  const tell = (kind: AlertKind, key: string, incident: IncidentRecord, about: readonly Judgement[]) => {
    const notBefore = mutedUntil(incident, memory.mutes, now);
    alerts.push({
      id: newId(),
      key,
      incident: incident.id,
      kind,
      severity: incident.severity,
      at: now,
      message: composeAlert(kind, incident, { ...question, judgements: about }),
      ...(notBefore && { notBefore }),
      deliveries: routeAlert(incident.cause, question.config),
    });
  };

  for (const [id, { before, found }] of members) {
    const about = [...found].sort((a, b) => rank(a) - rank(b) || (keyOf(a.objective) < keyOf(b.objective) ? -1 : 1));
    const next = seen(id, before, about, now);
    if (!before) tell("opened", `${id}:opened`, next, about);
    else if (before.status === "resolved") tell("reopened", `${id}:reopened:${next.reopened}`, next, about);
    else if (before.severity !== next.severity) tell("escalated", `${id}:escalated:${next.reopened}`, next, about);
    if (!before || changed(before, next)) incidents.push(next);
  }
  const held = new Set([...members.values()].flatMap(({ found }) => found.map(({ objective }) => keyOf(objective))));
  const promised = new Set(judgements.map(({ objective }) => keyOf(objective)));
  for (const incident of open) {
    if (members.has(incident.id)) continue;
    const moved = incident.affected.some((one) => held.has(keyOf(one)));
    const gone = incident.affected.every((one) => !promised.has(keyOf(one)));
    const resolution = moved ? "cause moved" : gone ? "no longer promised" : "recovered";
    const over: IncidentRecord = { ...incident, status: "resolved", resolvedAt: now, resolution };
    incidents.push(over);
    // What has not been told yet need not be told any more.
    silenced.push(incident.id);
    if (resolution === "recovered") tell("recovered", `${incident.id}:recovered:${incident.reopened}`, over, []);
  }
  return { incidents, alerts, silenced };
}

interface Membership {
  readonly before: IncidentRecord | undefined;
  readonly found: Judgement[];
}

/**
 * A promise stays with its incident while the same domain is to blame, so that a cause that is understood better is not told as a new one.
 * What is new joins the incident of its cause, or opens one.
 */
function assign(
  open: readonly IncidentRecord[],
  judgements: readonly Judgement[],
  known: readonly IncidentRecord[],
  newId: () => string,
): ReadonlyMap<string, Membership> {
  const members = new Map<string, Membership>();
  const roots = new Map<string, string>();
  const join = (id: string, before: IncidentRecord | undefined, judgement: Judgement) => {
    const membership = members.get(id) ?? { before, found: [] };
    membership.found.push(judgement);
    members.set(id, membership);
    if (judgement.cause) roots.set(rootOf(judgement.cause), id);
  };
  const of = new Map(open.flatMap((incident) => incident.affected.map((one) => [keyOf(one), incident] as const)));
  const later: [Judgement, Cause][] = [];
  for (const judgement of judgements) {
    const { objective, own, state, cause, good } = judgement;
    const incident = of.get(keyOf(objective));
    // On a day on which nothing is due an incident neither opens nor ends.
    const sleeping = state === "CLOSED" && good === false && incident !== undefined;
    if (sleeping || (TROUBLE.has(own) && cause && incident?.cause.project === cause.project))
      join((incident as IncidentRecord).id, incident, judgement);
    else if (TROUBLE.has(own) && cause) later.push([judgement, cause]);
  }
  for (const incident of open) if (!roots.has(rootOf(incident.cause))) roots.set(rootOf(incident.cause), incident.id);
  for (const [judgement, cause] of later) {
    const root = rootOf(cause);
    const id = roots.get(root);
    const again = known.find(
      (one) => one.status === "resolved" && rootOf(one.cause) === root && one.resolution !== "cause moved",
    );
    const before = id === undefined ? again : known.find((one) => one.id === id);
    join(id ?? again?.id ?? newId(), before, judgement);
  }
  return members;
}

function seen(id: string, before: IncidentRecord | undefined, about: readonly Judgement[], now: Date): IncidentRecord {
  const causes = about.flatMap(({ cause }) => cause ?? []);
  const same = before && causes.find((cause) => rootOf(cause) === rootOf(before.cause));
  const { kind, id: root, project, owner, why } = same ?? causes[0] ?? (before as IncidentRecord).cause;
  const worst = about.some(({ own }) => own === "BREACH" || own === "HELD") ? "page" : "ticket";
  const base = before ?? { id, openedAt: now, reopened: 0, status: "open" as const, severity: worst };
  const back = base.status === "resolved";
  const { resolvedAt: _at, resolution: _how, ...rest } = base as IncidentRecord;
  return {
    ...rest,
    status: back ? "open" : base.status,
    severity: base.severity === "page" && !back ? "page" : worst,
    reopened: back ? base.reopened + 1 : base.reopened,
    cause: { kind, id: root, project, owner, why },
    affected: about.map(({ objective, own }) => ({
      subject: objective.subject,
      kind: objective.kind,
      state: own,
      project: objective.project,
    })),
    lastSeenAt: now,
  };
}

/** When it was seen last is written with other changes, and at most every minute without. */
function changed(before: IncidentRecord, next: IncidentRecord): boolean {
  const figures = ({ lastSeenAt: _seen, ...rest }: IncidentRecord) =>
    JSON.stringify([rest.status, rest.severity, rest.cause.id, rest.cause.why, rest.affected]);
  return figures(before) !== figures(next) || next.lastSeenAt.getTime() - before.lastSeenAt.getTime() >= 60_000;
}

/** Muted when its cause or its cause's project is, or all that is affected. */
function mutedUntil(incident: IncidentRecord, mutes: readonly MuteRecord[], now: Date): Date | undefined {
  const until = (...names: readonly string[]) =>
    Math.max(
      ...mutes
        .filter(({ subject, until: end }) => names.includes(subject) && end > now)
        .map(({ until: end }) => end.getTime()),
    );
  const own = until(incident.cause.id, incident.cause.project);
  const all = Math.min(...incident.affected.map(({ subject, project }) => until(subject, project)));
  const latest = Math.max(own, all);
  return Number.isFinite(latest) ? new Date(latest) : undefined;
}
