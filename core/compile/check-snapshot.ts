// Owns checking a snapshot's configuration: which keys its strategy needs and which it has no use for, and whether the columns they name will do.
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { ColumnSchema, ModelConfig } from "../manifest/index.ts";
import { cursorKind, META_COLUMNS, metaNames } from "../materialize/index.ts";
import { closest } from "../util/index.ts";
import type { ModelDraft, ModelWork } from "./types.ts";

type Use = "needs" | "takes";

interface KeyRule {
  /** By strategy; one that is not here has no use for the key. */
  readonly use: Readonly<Record<string, Use>>;
  /** Completes "Add `key`: ". */
  readonly hint?: string;
}

const OF_HISTORY = { timestamp: "takes", check: "takes" } as const;
const RULES = {
  unique_key: {
    use: { full: "takes", incremental: "needs", append: "takes", timestamp: "needs", check: "needs" },
    hint: "the column, or the list of columns, that tells rows apart",
  },
  cursor: {
    use: { incremental: "needs", append: "needs" },
    hint: "the column that grows with every new or changed row",
  },
  lookback: { use: { incremental: "takes", append: "takes" } },
  full_refresh: { use: { incremental: "takes", append: "takes" } },
  updated_at: {
    use: { timestamp: "needs", check: "takes" },
    hint: "the column that says when a row was last changed",
  },
  check_cols: { use: { check: "needs" }, hint: "all, or the list of columns whose change makes a new version" },
  hard_deletes: { use: OF_HISTORY },
  dbt_valid_to_current: { use: OF_HISTORY },
  snapshot_meta_column_names: { use: OF_HISTORY },
} satisfies Partial<Record<keyof ModelConfig, KeyRule>>;

/** Keys that are missing, have no effect, or contradict each other. */
export function snapshotKeyProblems(draft: ModelDraft, config: ModelConfig): readonly MeshError[] {
  const { strategy = "full" } = config;
  const model = draft.id;
  const found: MeshError[] = [];
  for (const [key, { use, hint = "" }] of Object.entries<KeyRule>(RULES)) {
    const given = config[key as keyof ModelConfig];
    const isGiven = given !== undefined && !(Array.isArray(given) && given.length === 0);
    const written =
      key === "hard_deletes" && !("hard_deletes" in (draft.properties?.config.values ?? {}))
        ? "invalidate_hard_deletes"
        : key;
    if (use[strategy] === "needs" && !isGiven)
      found.push(problems.snapshotKeyNeeded({ model, strategy, key, hint }, { location: placeOf(draft, "strategy") }));
    if (use[strategy] === undefined && isGiven) {
      const needs = `strategy: ${Object.keys(use).join(" or ")}`;
      found.push(problems.keyWithoutUse({ model, key: written, needs }, { location: placeOf(draft, written) }));
    }
  }
  const values = draft.properties?.config.values ?? {};
  if (values.hard_deletes !== undefined && values.invalidate_hard_deletes !== undefined) {
    const keys = ["hard_deletes", "invalidate_hard_deletes"] as const;
    found.push(problems.keysExclusive({ model, keys }, { location: placeOf(draft, "invalidate_hard_deletes") }));
  }
  return found;
}

/** Columns that are not there or whose values will not do. `actual` with the database's types. */
export function snapshotColumnProblems(work: ModelWork, actual: readonly ColumnSchema[]): readonly MeshError[] {
  const { draft, settings } = work;
  const { config } = settings;
  const isHistory = config.strategy === "timestamp" || config.strategy === "check";
  const added = new Set(isHistory ? Object.values(metaNames(config)).map(lower) : []);
  const source = actual.filter(({ name }) => !added.has(lower(name)));
  const named = [
    ...(config.unique_key ?? []).map((column) => ["unique_key", column] as const),
    ...(config.cursor === undefined ? [] : [["cursor", config.cursor] as const]),
    ...(config.updated_at === undefined ? [] : [["updated_at", config.updated_at] as const]),
    ...(Array.isArray(config.check_cols) ? config.check_cols.map((column) => ["check_cols", column] as const) : []),
  ];
  return [
    ...(isHistory ? addedColumnProblems(work) : []),
    ...named.flatMap(([key, column]) => {
      const at = { location: placeOf(draft, key) };
      const match = source.find(({ name }) => lower(name) === lower(column));
      if (match) return usability(work, key, match, at.location);
      const near = closest(
        column,
        source.map(({ name }) => name),
      );
      return [problems.snapshotColumnNotFound({ model: draft.id, key, column, near }, at)];
    }),
  ];
}

function usability(
  work: ModelWork,
  key: string,
  { name: column, type }: ColumnSchema,
  location: Location,
): readonly MeshError[] {
  const { draft, settings } = work;
  const model = draft.id;
  // Of a column whose values are replaced only its protection is told.
  if ((key !== "cursor" && key !== "updated_at") || isProtected(work, column)) return [];
  const kind = cursorKind(type);
  if (kind === undefined || (key === "updated_at" && kind !== "time")) {
    const expected =
      key === "cursor" ? "a date, a timestamp, an integer or a uuid (of version 7)" : "a date or a timestamp";
    return [problems.snapshotColumnType({ model, key, column, type, expected }, { location })];
  }
  const { lookback } = settings.config;
  if (key !== "cursor" || lookback === undefined || (typeof lookback === "number") === (kind === "integer")) return [];
  const expected = kind === "integer" ? "a whole number, such as 1000" : "a duration, such as 2h";
  return [
    problems.snapshotLookback({ model, lookback, column, type, expected }, { location: placeOf(draft, "lookback") }),
  ];
}

/** Names of the columns that a history adds must be free, and differ. */
function addedColumnProblems({ draft, settings, definedColumns = [] }: ModelWork): readonly MeshError[] {
  const names = metaNames(settings.config);
  const location = placeOf(draft, "snapshot_meta_column_names");
  return META_COLUMNS.flatMap((meta) => {
    if (meta === "dbt_is_deleted" && settings.config.hard_deletes !== "new_record") return [];
    const name = lower(names[meta]);
    const count = definedColumns.filter((column) => lower(column.name) === name).length;
    return count > 1
      ? [problems.snapshotColumnTaken({ model: draft.id, meta, column: names[meta] }, { location })]
      : [];
  });
}

function isProtected({ draft, source }: ModelWork, column: string): boolean {
  const [, store, table] = source?.split(".") ?? [];
  const declared = draft.project.sources.find((one) => one.store === store && one.name === table);
  return declared?.columns.find(({ name }) => lower(name) === lower(column))?.protect !== undefined;
}

function placeOf({ properties, location }: ModelDraft, key: string): Location {
  return properties?.config.at[key] ?? properties?.at ?? location;
}

function lower(name: string): string {
  return name.toLowerCase();
}
