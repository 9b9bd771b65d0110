// Owns judging a store's table against what was declared of it and what it was at the published build. Pure: it reads nothing.
import { type MeshError, problems } from "../errors/index.ts";
import type { DriftAction, DriftKind, DriftNote, Source, SourceColumn } from "../manifest/index.ts";
import type { StoreColumn } from "../source/index.ts";
import { closest } from "../util/index.ts";
import { declarationOf } from "./declare-column.ts";
import { DRIFT_MATRIX } from "./drift-matrix.ts";
import { findRename } from "./find-rename.ts";
import { isLosslessWidening, sameType } from "./store-type.ts";

/** A column as a reading recorded it. */
export type RecordedColumn = Pick<StoreColumn, "name" | "storeType" | "nullable">;

export interface ReadBefore {
  /** All that the table had, declared or not. */
  readonly columns: readonly RecordedColumn[];
  /** Names of the columns that the published build has. */
  readonly landed: ReadonlySet<string>;
}

export interface DriftRequest {
  readonly source: Source;
  /** Who is to be asked: `Bookings (bookings-data@example.com)`. */
  readonly owner: string;
  /** The table as it is now; undefined when it is gone. */
  readonly actual: readonly StoreColumn[] | undefined;
  /** Names near the table's, when it is gone. */
  readonly near?: string | undefined;
  /** What the reading of the published build recorded; undefined when there is none, or when a full refresh was asked for. */
  readonly before?: ReadBefore | undefined;
  /** Columns that the snapshot cannot do without, by their landed names, each with what it is for: `its unique_key`. */
  readonly needed?: ReadonlyMap<string, string>;
  /** Landed names of columns that a not_null test guards. */
  readonly notNull?: ReadonlySet<string>;
}

export type DriftVerdict =
  | {
      readonly kind: "read";
      /** In declared order. */
      readonly columns: readonly SourceColumn[];
      /** Declared columns that land as NULL. */
      readonly absent: readonly SourceColumn[];
      readonly notes: readonly DriftNote[];
    }
  /** The table is gone, and its policy is to keep what is published. */
  | { readonly kind: "held"; readonly notes: readonly DriftNote[] }
  /** One problem that says all. */
  | { readonly kind: "refused"; readonly problem: MeshError };

/** One change with what is done about it; `refusal` is the reason when nothing is read because of it. */
interface Finding {
  readonly note: DriftNote;
  readonly refusal?: string;
  /** False when no policy allows it. */
  readonly allowable?: boolean;
  readonly place?: SourceColumn | undefined;
}

export function judgeDrift(request: DriftRequest): DriftVerdict {
  const { source, actual, before } = request;
  if (actual === undefined) return judgeGone(request);
  const byName = new Map(actual.map((column) => [column.name, column]));
  const missing = source.columns.filter((column) => column.protect !== "drop" && !byName.has(column.identifier));
  if (before === undefined) {
    if (missing.length > 0) return { kind: "refused", problem: neverThere(request, missing, byName) };
    const notes = judgeUndeclared(request, actual).map(({ note }) => note);
    return { kind: "read", columns: readable(source), absent: [], notes };
  }

  const recorded = new Map(before.columns.map((column) => [column.name, column]));
  const findings = [
    ...judgeMissing(request, missing, before, actual),
    ...judgeUndeclared(request, actual),
    ...source.columns.flatMap((declared) => {
      const now = byName.get(declared.identifier);
      const was = recorded.get(declared.identifier);
      if (now === undefined || was === undefined || declared.protect === "drop") return [];
      return [...judgeType(request, declared, was, now), ...judgeNullable(request, declared, was, now)];
    }),
  ];
  const refused = findings.filter(({ refusal }) => refusal !== undefined);
  if (refused.length > 0) return { kind: "refused", problem: refuse(request, refused) };
  const gone = new Set(missing.map(({ name }) => name));
  return {
    kind: "read",
    columns: readable(source).filter(({ name }) => !gone.has(name)),
    absent: missing,
    notes: findings.map(({ note }) => note),
  };
}

/**
 * A build that keeps rows of earlier ones has columns declared since in its new rows only. `kept`: the columns of the rows
 * kept. Throws `extract/drift-refused` under `added: refuse`.
 */
export function judgeHistory(
  { source, owner }: Pick<DriftRequest, "source" | "owner">,
  kept: ReadonlySet<string>,
): readonly DriftNote[] {
  const since = readable(source).filter(({ name }) => !kept.has(name));
  if (since.length > 0 && outcomeOf("added", source.drift.added) === "refused") {
    const findings = since.map(({ name }) => ({
      kind: "added",
      what: `${quote(name)} is declared since, and the rows kept from earlier builds do not have it`,
    }));
    throw problems.driftRefused({ source: source.id, owner, findings }, { location: since[0]?.location });
  }
  return since.map(({ name, type }) => ({
    kind: "added",
    column: name,
    now: type,
    action: "declared since; NULL in the rows of earlier builds",
  }));
}

function readable(source: Source): readonly SourceColumn[] {
  return source.columns.filter(({ protect }) => protect !== "drop");
}

function judgeGone({ source, owner, near, before }: DriftRequest): DriftVerdict {
  const table = source.schema === undefined ? source.identifier : `${source.schema}.${source.identifier}`;
  if (before === undefined)
    return {
      kind: "refused",
      problem: problems.sourceTableMissing({ source: source.id, table, owner, near }, { location: source.location }),
    };
  const note = { kind: "table_gone", was: table, action: "nothing was read; the published build stays" } as const;
  if (DRIFT_MATRIX.table_gone[source.drift.table_gone].existing === "held") return { kind: "held", notes: [note] };
  const suggestion = near === undefined ? "" : `; there is ${near}`;
  const finding = { kind: "table_gone", what: `the table ${table} is gone${suggestion}` } as const;
  const facts = { source: source.id, owner, findings: [finding] };
  return { kind: "refused", problem: problems.driftRefused(facts, { location: source.location }) };
}

/** Declared columns that the store does not have, and columns that it has since. */
function judgeMissing(
  request: DriftRequest,
  missing: readonly SourceColumn[],
  before: ReadBefore,
  actual: readonly StoreColumn[],
): readonly Finding[] {
  const { drift, columns } = request.source;
  const declared = new Set(columns.map(({ identifier }) => identifier));
  const known = new Set(before.columns.map(({ name }) => name));
  const appeared = actual.filter(({ name }) => !known.has(name) && !declared.has(name));
  const undeclared = actual.map(({ name }) => name).filter((name) => !declared.has(name));
  const findings: Finding[] = [];
  for (const column of missing) {
    const rename = findRename(column.identifier, before.columns, actual, appeared);
    if (rename !== undefined && outcomeOf("renamed", drift.renamed) === "refused") {
      const { name } = rename.column;
      const note = { kind: "renamed", column: column.name, was: column.identifier, now: name } as const;
      const refusal = `${quote(column.identifier)} seems to be renamed to ${quote(name)} (${rename.evidence}): if it holds the same, declare \`identifier: ${name}\``;
      findings.push({ note: { ...note, action: "refused" }, refusal, place: column });
      appeared.splice(appeared.indexOf(rename.column), 1);
    } else if (before.landed.has(column.name) || known.has(column.identifier)) {
      findings.push(judgeDropped(request, column, before, missing.length, rename?.column.name));
    } else findings.push(neverHad(column, closest(column.identifier, undeclared)));
  }
  // With `add` all columns are wanted: each is told again until it is declared, so it is told below.
  if (drift.added === "add") return findings;
  for (const { name, storeType } of appeared) {
    const note = { kind: "added", column: name, now: storeType } as const;
    if (outcomeOf("added", drift.added) === "refused")
      findings.push({
        note: { ...note, action: "refused" },
        refusal: `${quote(name)} (${storeType}) is new and not declared`,
      });
    else findings.push({ note: { ...note, action: "ignored" } });
  }
  return findings;
}

/** `added: add`: every column that is not declared, with the line that would declare it. */
function judgeUndeclared({ source }: DriftRequest, actual: readonly StoreColumn[]): readonly Finding[] {
  if (source.drift.added !== "add") return [];
  const declared = new Set(source.columns.map(({ identifier }) => identifier));
  return actual
    .filter(({ name }) => !declared.has(name))
    .map((column) => {
      const action = `not copied until it is declared: ${declarationOf(column)}`;
      return { note: { kind: "added", column: column.name, now: column.storeType, action } };
    });
}

/** No change of the store: the declaration names what is not there, whatever the policy says of columns that go. */
function neverHad(column: SourceColumn, near: string | undefined): Finding {
  const { name, identifier } = column;
  const hint = near === undefined ? "" : `; did you mean ${quote(near)}?`;
  const refusal = `${quote(identifier)} is declared, and the store has never had it${hint}`;
  const note = { kind: "dropped", column: name, action: "refused" } as const;
  return { note, refusal, allowable: false, place: column };
}

function judgeDropped(
  { source, needed }: DriftRequest,
  column: SourceColumn,
  before: ReadBefore,
  missing: number,
  renamedTo: string | undefined,
): Finding {
  const was = before.columns.find(({ name }) => name === column.identifier)?.storeType;
  const note = { kind: "dropped", column: column.name, ...(was !== undefined && { was }) } as const;
  const use = needed?.get(column.name);
  const why =
    outcomeOf("dropped", source.drift.dropped) === "refused"
      ? `${quote(column.identifier)} is gone`
      : !before.landed.has(column.name)
        ? `${quote(column.identifier)} is gone, and no build ever had it`
        : use !== undefined
          ? `${quote(column.identifier)} is gone, and the snapshot needs it as ${use}`
          : readable(source).length === missing
            ? `${quote(column.identifier)} is gone, and ${missing === 1 ? "nothing else is declared" : "so is all else that is declared"}`
            : undefined;
  if (why !== undefined) return { note: { ...note, action: "refused" }, refusal: why, place: column };
  const hint = renamedTo === undefined ? "" : `; ${renamedTo} may be its new name`;
  return { note: { ...note, action: `lands as NULL${hint}` } };
}

function judgeType(
  { source }: DriftRequest,
  declared: SourceColumn,
  was: RecordedColumn,
  now: StoreColumn,
): readonly Finding[] {
  if (was.storeType === now.storeType || sameType(was.storeType, now.storeType)) return [];
  const note = { kind: "retyped", column: declared.name, was: was.storeType, now: now.storeType } as const;
  const landed = { note: { ...note, action: `landed as ${declared.type}, as declared` } };
  const outcome = outcomeOf("retyped", source.drift.retyped);
  if (outcome === "noted") return [landed];
  const lossless = isLosslessWidening(was.storeType, now.storeType);
  // The declaration holds every value of the new type already, and says so by name: nothing can be lost or refused.
  if (
    lossless &&
    now.type !== undefined &&
    (sameType(now.type, declared.type) || isLosslessWidening(now.type, declared.type))
  )
    return [landed];
  if (outcome === "noted if lossless" && lossless) return [landed];
  const more = outcome === "noted if lossless" ? ", which is no widening without loss" : "";
  const refusal = `${quote(declared.identifier)} was ${was.storeType} and is ${now.storeType}${more}; it is declared as ${declared.type}`;
  return [{ note: { ...note, action: "refused" }, refusal, place: declared }];
}

function judgeNullable(
  { source, notNull }: DriftRequest,
  declared: SourceColumn,
  was: RecordedColumn,
  now: StoreColumn,
): readonly Finding[] {
  if (was.nullable || !now.nullable) return [];
  const note = { kind: "nullable", column: declared.name, was: "NOT NULL", now: "NULL" } as const;
  if (outcomeOf("nullable", source.drift.nullable) !== "refused")
    return [{ note: { ...note, action: "NULL lands as NULL; tests judge it" } }];
  const test = notNull?.has(declared.name) ? ", and a not_null test is written on it" : "";
  const refusal = `${quote(declared.identifier)} was NOT NULL and may be NULL now${test}`;
  return [{ note: { ...note, action: "refused" }, refusal, place: declared }];
}

function outcomeOf(kind: DriftKind, action: DriftAction) {
  const { existing } = DRIFT_MATRIX[kind][action];
  // Compiling refuses such a word; a manifest of another making must not be more lenient.
  return existing === "not a word" ? "refused" : existing;
}

function neverThere(
  { source, owner }: DriftRequest,
  missing: readonly SourceColumn[],
  actual: ReadonlyMap<string, StoreColumn>,
): MeshError {
  const facts = missing.map(({ identifier }) => ({ column: identifier, near: closest(identifier, actual.keys()) }));
  return problems.sourceColumnsMissing(
    { source: source.id, owner, missing: facts },
    { location: missing[0]?.location ?? source.location },
  );
}

function refuse({ source, owner }: DriftRequest, refused: readonly Finding[]): MeshError {
  const findings = refused.map(({ note, refusal = "", allowable }) => ({ kind: note.kind, what: refusal, allowable }));
  const location = refused.find(({ place }) => place)?.place?.location ?? source.location;
  return problems.driftRefused({ source: source.id, owner, findings }, { location });
}

function quote(name: string): string {
  return `\`${name}\``;
}
