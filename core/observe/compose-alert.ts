// Owns what an alert says: the cause with its owner, the promises that are not kept because of it, who else reads it. Never a value of a row.
import { describeOwner, type Manifest } from "../manifest/index.ts";
import type { Judgement } from "../sla/index.ts";
import type { AlertKind, AlertMessage, IncidentRecord } from "../state/index.ts";
import { formatDurationMs } from "../util/index.ts";

const MOST_AFFECTED = 20;
const MOST_READERS = 10;
/** Slack refuses longer blocks, and nobody reads them. */
const LONGEST_LINE = 300;

const HEADS: Readonly<Record<AlertKind, string>> = {
  opened: "",
  escalated: "Now broken: ",
  reopened: "Again: ",
  recovered: "Recovered: ",
};
const STATE_WORDS: Readonly<Record<string, string>> = {
  AT_RISK: "is at risk",
  WARN: "is getting old",
  BREACH: "breaks its promise",
  HELD: "is held by a test",
};

export function composeAlert(
  kind: AlertKind,
  incident: IncidentRecord,
  { manifest, judgements }: { readonly manifest: Manifest; readonly judgements: readonly Judgement[] },
): AlertMessage {
  const { cause, affected, severity, id } = incident;
  const name = cause.kind === "model" ? cause.id : `${cause.kind} ${cause.id}`;
  const worst = judgements[0];
  const waits = worst?.objective.kind === "max_wait" ? "has waited too long" : undefined;
  const said = waits ?? (worst && STATE_WORDS[worst.own]) ?? "is late";
  const title =
    kind === "recovered"
      ? `Recovered: ${name}`
      : `${HEADS[kind]}${worst?.objective.subject ?? name} ${said}${worst?.objective.subject === cause.id ? "" : ` because of ${name}`}`;
  const lines = [
    `Cause: ${name} of ${describeOwner(cause.owner)}: ${cause.why}.`,
    ...(kind === "recovered"
      ? affected
          .slice(0, MOST_AFFECTED)
          .map(({ subject, kind: promise }) => `${subject} keeps its promise again (${promise}).`)
      : judgements.slice(0, MOST_AFFECTED).map((judgement) => affectedLine(judgement))),
    ...more(Math.max(affected.length, judgements.length), MOST_AFFECTED, "promises"),
    ...(kind === "recovered" ? [] : readersOf(manifest, cause.id, affected)),
    `Severity: ${severity}. More: mesh incidents ${id}`,
  ];
  return { title: cut(title), lines: lines.map(cut) };
}

function affectedLine({ objective, own, asOf, ageMs, deadline }: Judgement): string {
  const { subject, owner, kind, limitMs, time } = objective;
  if (kind === "max_wait")
    return `${subject} of ${owner.team} waits for its data; it may for ${formatDurationMs(limitMs ?? 0)}.`;
  const promise =
    kind === "available_by"
      ? `by ${time}`
      : `${kind === "freshness" ? "at most" : "made within"} ${formatDurationMs(limitMs ?? 0)}`;
  const age = asOf === undefined ? "no data yet" : `data as of ${iso(asOf)}, ${formatDurationMs(ageMs ?? 0)} old`;
  const due = deadline === undefined ? "" : `, due ${iso(deadline)}`;
  return `${own}: ${subject} of ${owner.team}: ${age}; promised ${promise}${due}.`;
}

/** What reads the cause and promises nothing itself: public models and reports, with their owners. */
function readersOf(manifest: Manifest, cause: string, affected: IncidentRecord["affected"]): readonly string[] {
  const told = new Set(affected.map(({ subject }) => subject));
  const start = manifest.models[cause] ? [cause] : [...told].filter((id) => manifest.models[id]);
  const readers = new Map<string, string[]>();
  for (const { id, dependsOn } of Object.values(manifest.models))
    for (const input of dependsOn.models) readers.set(input, [...(readers.get(input) ?? []), id]);
  const reached = new Set(start);
  for (const id of reached) for (const reader of readers.get(id) ?? []) reached.add(reader);
  const found = [
    ...[...reached]
      .filter((id) => !told.has(id) && !start.includes(id) && manifest.models[id]?.access === "public")
      .map((id) => `${id} of ${manifest.models[id]?.owner.team}`),
    ...Object.values(manifest.reports)
      .filter(({ dependsOn }) => dependsOn.some((id) => reached.has(id)))
      .map(({ id, owner }) => `report ${id} of ${describeOwner(owner)}`),
  ].sort();
  if (found.length === 0) return [];
  return [
    `Also downstream: ${found.slice(0, MOST_READERS).join("; ")}${found.length > MOST_READERS ? `; and ${found.length - MOST_READERS} more` : ""}.`,
  ];
}

function more(count: number, most: number, what: string): readonly string[] {
  return count > most ? [`… and ${count - most} more ${what}.`] : [];
}

function cut(text: string): string {
  return text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE - 1)}…`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
