// Owns carrying out a build's statement: what is written, with which columns. How the file gets its place is in `write-build-file.ts`.
import { type MeshError, problems } from "../../errors/index.ts";
import type { BuildData, BuildFile, ColumnSchema } from "../../manifest/index.ts";
import { quoteIdentifier, quoteString } from "../../util/index.ts";
import { trimQuery } from "../sql-failure.ts";
import type { BuildCheck, BuildStatement, NewBuild } from "../types.ts";
import { canonicalType } from "./canonical-type.ts";
import { copyCsvFile, describeCsvFile } from "./csv-file.ts";
import type { EngineConnection } from "./engine.ts";
import { readEngineFailure } from "./engine-failure.ts";
import { landParts } from "./land-parts.ts";
import type { Layout } from "./layout.ts";
import { copyParquetFile } from "./parquet-file.ts";
import { hasWideIntegers, isStorable, storedType, type WideIntegers } from "./parquet-types.ts";
import { type FailureContext, fileProblem } from "./to-problem.ts";
import { writeBuildFile, writeBuildFiles } from "./write-build-file.ts";

export interface CreateContext extends FailureContext {
  readonly connection: EngineConnection;
  /** A further connection, which sees nothing of the session; the signal interrupts what runs on it. */
  readonly connect: (signal: AbortSignal) => Promise<EngineConnection>;
  readonly layout: Layout;
  readonly describe: (sql: string) => Promise<readonly ColumnSchema[]>;
  readonly run: (sql: string) => Promise<{ readonly rowsChanged: number; readonly rowCount: number }>;
  readonly problemOf: (error: unknown, sql: string) => Promise<MeshError>;
  /** The view's query on the session's relations. */
  readonly bindView: (statement: Extract<BuildStatement, { readonly kind: "view" }>) => string;
}

type Loading = Extract<BuildStatement, { readonly kind: "csv-stream" | "csv-file" | "parquet-file" }>;
type Files = Extract<BuildData, { readonly kind: "files" }>;

export async function createBuild(
  build: NewBuild,
  statement: BuildStatement,
  context: CreateContext,
): Promise<BuildData> {
  try {
    switch (statement.kind) {
      case "view":
        return {
          kind: "view",
          columns: await viewColumns(build, statement, context),
          sql: statement.sql,
          inputs: statement.inputs,
        };
      case "select":
        return await select(build, statement, context);
      case "append":
        return await append(build, statement, context);
      case "csv-stream":
      case "csv-file":
      case "parquet-file":
        return await load(build, statement, context);
    }
  } catch (error) {
    throw fileProblem(error, context);
  }
}

async function viewColumns(
  build: NewBuild,
  statement: Extract<BuildStatement, { kind: "view" }>,
  context: CreateContext,
) {
  return distinct(build, await context.describe(context.bindView(statement)));
}

async function select(
  build: NewBuild,
  statement: Extract<BuildStatement, { kind: "select" }>,
  context: CreateContext,
): Promise<Files> {
  await prepareSelect(statement.setup, statement.checks, context);
  const query = trimQuery(statement.sql);
  const columns = storable(build, await context.describe(query));
  const file = await writeBuildFile(
    build,
    context.layout,
    (path) => copyQuery(query, columns, path, context, "text"),
    true,
  );
  return files(columns, file ? [file] : []);
}

async function append(
  build: NewBuild,
  statement: Extract<BuildStatement, { kind: "append" }>,
  context: CreateContext,
): Promise<Files> {
  const { base } = statement;
  if (base.kind !== "files")
    throw problems.unexpected({ what: context.what, reason: "rows cannot be appended to a view" });
  await prepareSelect(statement.setup, undefined, context);
  const query = trimQuery(statement.sql);
  const described = distinct(build, await context.describe(query));
  const fresh = new Map(described.map((column) => [column.name.toLowerCase(), column]));
  if (fresh.size !== base.columns.length || !base.columns.every((column) => fresh.has(column.name.toLowerCase()))) {
    throw problems.appendColumnsDiffer({
      model: build.model,
      expected: base.columns.map((column) => column.name),
      actual: described.map((column) => column.name),
    });
  }
  const asBase = base.columns.map(
    ({ name, type }) => `cast(${quoteIdentifier(name)} as ${type}) as ${quoteIdentifier(name)}`,
  );
  const file = await writeBuildFile(
    build,
    context.layout,
    (path) => copyQuery(`select ${asBase.join(", ")} from (\n${query}\n)`, base.columns, path, context, undefined),
    false,
  );
  return files(base.columns, file ? [...base.files, file] : base.files);
}

async function load(build: NewBuild, statement: Loading, context: CreateContext): Promise<Files> {
  const { connection } = context;
  if (statement.kind === "csv-file") {
    const request = { connection, model: build.model, statement, context };
    const columns = await describeCsvFile(request);
    const file = await writeBuildFile(build, context.layout, (target) => copyCsvFile(request, columns, target), true);
    return files(columns, file ? [file] : []);
  }
  const columns: ColumnSchema[] = [];
  for (const { name, type } of distinct(build, statement.columns)) {
    columns.push({ name, type: await canonicalType(connection, build.model, name, type) });
  }
  if (statement.kind === "csv-stream") {
    const absent = new Set(statement.columns.flatMap((column) => (column.absent ? [column.name] : [])));
    const loaded = columns.map((column) => ({ ...column, absent: absent.has(column.name) }));
    const request = { model: build.model, columns: loaded, parts: statement.parts };
    return files(
      columns,
      await writeBuildFiles(build, context.layout, (pathOf) => landParts(request, pathOf, context)),
    );
  }
  const file = await writeBuildFile(
    build,
    context.layout,
    (target) => copyParquetFile(connection, build.model, { ...statement, columns }, target, context),
    true,
  );
  return files(columns, file ? [file] : []);
}

async function prepareSelect(
  setup: readonly string[] = [],
  checks: readonly BuildCheck[] = [],
  context: CreateContext,
): Promise<void> {
  for (const sql of setup) await context.run(sql);
  for (const { sql, problem } of checks) if ((await context.run(sql)).rowCount > 0) throw problem;
}

/**
 * Writes the query's rows and returns how many they are. 128-bit integers become DECIMAL(38,0); when one has more digits
 * the query runs again with `retryAs`, if given.
 */
async function copyQuery(
  query: string,
  columns: readonly ColumnSchema[],
  path: string,
  context: CreateContext,
  retryAs: WideIntegers | undefined,
): Promise<number> {
  const statement = (wide: WideIntegers) => {
    const casts = columns.flatMap(({ name, type }) => {
      const stored = storedType(type, wide);
      return stored === type ? [] : `cast(${quoteIdentifier(name)} as ${stored}) as ${quoteIdentifier(name)}`;
    });
    const rows = casts.length === 0 ? query : `select * replace (${casts.join(", ")}) from (\n${query}\n)`;
    return `copy (\n${rows}\n) to ${quoteString(path)} (format parquet, compression zstd)`;
  };
  const sql = statement("decimal");
  try {
    return (await context.connection.run(sql)).rowsChanged;
  } catch (error) {
    const failure = readEngineFailure(error, sql);
    const tooWide =
      failure.type === "Conversion" &&
      /DECIMAL\(38,0\)/.test(failure.raw) &&
      columns.some((column) => hasWideIntegers(column.type));
    if (!tooWide || retryAs === undefined) throw await context.problemOf(error, sql);
    return (await context.run(statement(retryAs))).rowsChanged;
  }
}

function distinct<T extends ColumnSchema>(build: NewBuild, columns: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) throw problems.duplicateColumn({ model: build.model, column: name });
    seen.add(name.toLowerCase());
  }
  return columns;
}

function storable(build: NewBuild, columns: readonly ColumnSchema[]): readonly ColumnSchema[] {
  for (const { name, type } of distinct(build, columns)) {
    if (!isStorable(type)) throw problems.columnTypeNotStorable({ model: build.model, column: name, type });
  }
  return columns;
}

function files(columns: readonly ColumnSchema[], list: readonly BuildFile[]): Files {
  const sum = (of: (file: BuildFile) => number) => list.reduce((total, file) => total + of(file), 0);
  return { kind: "files", columns, files: list, rows: sum((file) => file.rows), bytes: sum((file) => file.bytes) };
}
