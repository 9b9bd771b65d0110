// Owns comparing two builds of a model by key: which rows came, changed and went. Changes nothing.
import { problems } from "./errors/index.ts";
import type { Build, ColumnSchema, Model } from "./manifest/index.ts";
import { metaNames, snapshotStrategies } from "./materialize/index.ts";
import type { BuildDiff } from "./mesh-types.ts";
import { buildsBehindViews, toBuild } from "./publish/index.ts";
import {
  changedColumnsSql,
  countsSql,
  type DiffSides,
  differencesSql,
  maskRows,
  repeatedKeysSql,
  sampleSql,
  schemaChanges,
} from "./quality/index.ts";
import type { BuildRecord, StateStore } from "./state/index.ts";
import { closest, createId } from "./util/index.ts";
import type { QueryResult, Warehouse, WarehouseSession } from "./warehouse/index.ts";

export interface DiffRequest {
  readonly model: Model;
  /** The build before the published one unless told. */
  readonly before?: string | undefined;
  /** What is published unless told. */
  readonly after?: string | undefined;
  /** The model's `unique_key` unless told. */
  readonly key?: readonly string[] | undefined;
  /** How many keys of each change are given. */
  readonly rows: number;
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly signal?: AbortSignal | undefined;
}

/** Throws `diff/…`. */
export async function diffBuilds(request: DiffRequest): Promise<BuildDiff> {
  const { model, state, warehouse, rows, signal } = request;
  const [before, after] = await recordsOf(request);
  const [old, now] = [buildOf(before), buildOf(after)];
  const key = keyOf(request, old.data.columns, now.data.columns);
  const own = ownRows(old, now);
  const session = await warehouse.openSession({
    inputs: new Map(Object.entries({ before: old, after: now, ...own })),
    behindViews: await buildsBehindViews([old, now], state),
    ...(signal && { signal }),
  });
  try {
    const relation = (side: "before" | "after", only: Build | undefined) =>
      only === undefined ? `(select * from ${session.relation(side)} where false)` : session.relation(`${side}Own`);
    const sides: DiffSides = {
      before: session.relation("before"),
      after: session.relation("after"),
      beforeOwn: relation("before", own.beforeOwn),
      afterOwn: relation("after", own.afterOwn),
      key,
      compared: comparedColumns(old.data.columns, now.data.columns, key),
    };
    for (const [record, side] of [
      [before, sides.before],
      [after, sides.after],
    ] as const) {
      const keys = Number(cellsOf(await session.query(repeatedKeysSql(side, key)))[0]);
      if (keys > 0) throw problems.diffKeysRepeated({ model: model.id, build: record.id, key, keys });
    }
    await session.query(differencesSql(sides));
    const [rowsBefore = 0, rowsAfter = 0, inserted = 0, updated = 0, deleted = 0] = cellsOf(
      await session.query(countsSql(sides)),
    ).map(Number);
    const changed = await session.query(changedColumnsSql());
    return {
      model: model.id,
      before: told(before, rowsBefore),
      after: told(after, rowsAfter),
      key,
      schema: schemaChanges(old.data.columns, now.data.columns),
      inserted,
      updated,
      deleted,
      unchanged: rowsAfter - inserted - updated,
      changedColumns: Object.fromEntries(changed.rows.map(([name, count]) => [String(name), Number(count)])),
      sample: await sampleOf(session, model, key, rows),
    };
  } finally {
    await session.close();
  }
}

async function recordsOf({ model, before, after, state }: DiffRequest): Promise<[BuildRecord, BuildRecord]> {
  const [latest] = await state.listPublications({ model: model.id, limit: 1 });
  const newer = after ?? latest?.buildId;
  const older = before ?? (after === undefined ? latest?.previousBuildId : undefined);
  if (newer === undefined || older === undefined) throw problems.diffNothingBefore({ model: model.id });
  const records = await state.getBuilds([older, newer]);
  return [older, newer].map((id) => {
    const record = records.get(id);
    if (!record?.data || record.status === "removed") throw problems.diffBuildGone({ model: model.id, build: id });
    return record;
  }) as [BuildRecord, BuildRecord];
}

function buildOf(record: BuildRecord): Build {
  const build = toBuild(record);
  if (!build) throw problems.diffBuildGone({ model: record.model, build: record.id });
  return build;
}

/** A row of a history is known by its own id: its key stands in every version. */
function keyOf({ model, key }: DiffRequest, ...sides: readonly (readonly ColumnSchema[])[]): readonly string[] {
  const { config } = model;
  const history = model.kind === "snapshot" && snapshotStrategies[config.strategy ?? ""]?.keepsHistory;
  const wanted = key ?? (history ? [metaNames(config).dbt_scd_id] : config.unique_key) ?? [];
  if (wanted.length === 0) throw problems.diffNoKey({ model: model.id });
  return wanted.map((column) => {
    const found = sides.map((columns) => columns.find(({ name }) => name.toLowerCase() === column.toLowerCase())?.name);
    const [name] = found;
    if (name !== undefined && found.every((one) => one !== undefined)) return name;
    const near = closest(
      column,
      sides.flat().map((one) => one.name),
    );
    throw problems.diffKeyNotThere({ model: model.id, column, near });
  });
}

function comparedColumns(before: readonly ColumnSchema[], after: readonly ColumnSchema[], key: readonly string[]) {
  const keys = new Set(key.map((name) => name.toLowerCase()));
  const now = new Map(after.map((column) => [column.name.toLowerCase(), column]));
  return before.flatMap(({ name, type }) => {
    const match = now.get(name.toLowerCase());
    return match === undefined || keys.has(name.toLowerCase()) ? [] : [{ name, sameType: match.type === type }];
  });
}

/** Files that both builds share hold the same rows, which need not be compared. A side without files of its own is absent. */
function ownRows(old: Build, now: Build): { readonly beforeOwn?: Build; readonly afterOwn?: Build } {
  const [a, b] = [old.data, now.data];
  if (a.kind !== "files" || b.kind !== "files") return { beforeOwn: old, afterOwn: now };
  const only = (build: Build, data: typeof a, other: typeof a): Build | undefined => {
    const shared = new Set(other.files.map(({ path }) => path));
    const files = data.files.filter(({ path }) => !shared.has(path));
    return files.length === 0 ? undefined : { ...build, id: createId(), data: { ...data, files } };
  };
  const [beforeOwn, afterOwn] = [only(old, a, b), only(now, b, a)];
  return { ...(beforeOwn && { beforeOwn }), ...(afterOwn && { afterOwn }) };
}

async function sampleOf(
  session: WarehouseSession,
  model: Model,
  key: readonly string[],
  rows: number,
): Promise<BuildDiff["sample"]> {
  if (rows === 0) return [];
  const found = await session.query(sampleSql(key, rows));
  const keys = maskRows({ columns: key.map((name) => ({ name })), rows: found.rows.map((row) => row.slice(2)) }, [
    model.columns,
  ]);
  return found.rows.map(([change, columns], i) => ({
    change: String(change) as BuildDiff["sample"][number]["change"],
    key: keys[i] ?? {},
    columns: String(columns) === "" ? [] : String(columns).split("\n"),
  }));
}

function told(record: BuildRecord, rows: number): BuildDiff["before"] {
  return { build: record.id, createdAt: record.createdAt, ...(record.asOf && { asOf: record.asOf }), rows };
}

function cellsOf({ rows }: QueryResult): readonly unknown[] {
  return rows[0] ?? [];
}
