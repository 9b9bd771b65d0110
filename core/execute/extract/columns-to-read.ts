// Owns the first question of an extraction: which columns of the store are read, seeing what it has today and what it was before.
import { type DriftVerdict, judgeDrift, type ReadBefore } from "../../contract/index.ts";
import {
  type DriftNote,
  type ExtractionRecord,
  type Manifest,
  type Model,
  type Source,
  type SourceColumn,
  storeOwner,
} from "../../manifest/index.ts";
import type { ConsistentSession, StoreColumn } from "../../source/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import { closest } from "../../util/index.ts";

export interface ColumnsToRead {
  /** In the order in which they land. Columns under `protect: drop` are not among them: they are never asked for. */
  readonly columns: readonly SourceColumn[];
  /** All that land, in their order: those read, and those that the store no longer has, which land as NULL. */
  readonly landed: readonly (SourceColumn & { readonly absent?: boolean })[];
  readonly storeColumns: ExtractionRecord["storeColumns"];
  readonly drift: ExtractionRecord["drift"];
}

export interface ColumnsRequest {
  readonly manifest: Manifest;
  readonly model: Model;
  readonly source: Source;
  readonly published: BuildRecord | undefined;
  /** What was read before does not count: the store is taken as it is. */
  readonly fullRefresh: boolean;
}

/** Nothing is to be read: the table is gone, and what is published stays. */
export interface NothingToRead {
  readonly held: readonly DriftNote[];
}

/** Throws a coded error that names everything that is in the way. Whether values fit their declared types is the adapter's to judge. */
export async function columnsToRead(
  { manifest, model, source, published, fullRefresh }: ColumnsRequest,
  store: ConsistentSession,
): Promise<ColumnsToRead | NothingToRead> {
  const actual = withUnseen(await store.columns(source), source, store);
  const verdict: DriftVerdict = judgeDrift({
    source,
    owner: storeOwner(manifest, source.project),
    actual,
    near: actual === undefined ? await nearTable(source, store) : undefined,
    before: fullRefresh ? undefined : readBefore(published),
    needed: neededColumns(model, source),
    notNull: notNullColumns(manifest, model),
  });
  if (verdict.kind === "refused") throw verdict.problem;
  if (verdict.kind === "held") return { held: verdict.notes };
  const absent = new Set(verdict.absent);
  return {
    columns: verdict.columns,
    landed: source.columns
      .filter((column) => column.protect !== "drop")
      .map((column) => (absent.has(column) ? { ...column, absent: true } : column)),
    storeColumns: (actual ?? []).map(({ name, storeType, nullable }) => ({ name, storeType, nullable })),
    drift: verdict.notes,
  };
}

/** A store without a schema may have every declared column; which values fit is judged as they come. */
function withUnseen(
  seen: readonly StoreColumn[] | undefined,
  source: Source,
  store: ConsistentSession,
): readonly StoreColumn[] | undefined {
  if (!store.schemaless || seen === undefined) return seen;
  const names = new Set(seen.map(({ name }) => name));
  const unseen = source.columns
    .filter(({ identifier }) => !names.has(identifier))
    .map(({ identifier }) => ({ name: identifier, storeType: "any", type: undefined, nullable: true }));
  return [...seen, ...unseen];
}

function readBefore(published: BuildRecord | undefined): ReadBefore | undefined {
  const columns = published?.extraction?.storeColumns;
  return columns && { columns, landed: new Set(published?.data?.columns.map(({ name }) => name)) };
}

async function nearTable(source: Source, store: ConsistentSession): Promise<string | undefined> {
  const table = source.schema === undefined ? source.identifier : `${source.schema}.${source.identifier}`;
  return closest(table, await store.tables());
}

/** The configuration may write a name in other case. */
function neededColumns({ config }: Model, { columns }: Source): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  const add = (names: readonly (string | undefined)[], use: string) => {
    for (const wanted of names)
      for (const { name } of columns) if (name.toLowerCase() === wanted?.toLowerCase()) needed.set(name, use);
  };
  if (Array.isArray(config.check_cols)) add(config.check_cols, "one of its check_cols");
  add([config.updated_at], "its updated_at");
  add([config.cursor], "its cursor");
  add(config.unique_key ?? [], "its unique_key");
  return needed;
}

function notNullColumns(manifest: Manifest, model: Model): ReadonlySet<string> {
  return new Set(
    Object.values(manifest.tests).flatMap((test) =>
      test.model === model.id && test.type === "not_null" && test.column !== undefined ? [test.column] : [],
    ),
  );
}
