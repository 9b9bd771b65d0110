// Owns finding a model's columns and types without running it, and remembering them.
import { join } from "node:path";
import { type Location, MeshError, problems } from "../errors/index.ts";
import type { ColumnSchema } from "../manifest/index.ts";
import { closest, hashOf } from "../util/index.ts";
import type { SeedReader } from "../warehouse/index.ts";
import type { ProjectCache } from "./cache/project-cache.ts";
import type { MeshIndex } from "./mesh-index.ts";
import type { Description, ShellCatalog } from "./shell/shell-catalog.ts";
import { type QuerySubject, sqlProblem } from "./shell/sql-problem.ts";
import type { DefinedColumn, ModelWork } from "./types.ts";

/** What is known of a model's columns. */
export type KnownColumns =
  | { readonly columns: readonly ColumnSchema[] /** Hash of the columns. */; readonly signature: string }
  | { readonly because: string };

export interface FoundColumns {
  readonly known: KnownColumns;
  readonly problems: readonly MeshError[];
}

export interface ColumnFinder {
  /** `known` holds what was found for every model it reads. */
  find(work: ModelWork, known: ReadonlyMap<string, KnownColumns>, cache: ProjectCache): Promise<FoundColumns>;
  /** The database's spelling of each type; those that are none are absent. */
  canonicalTypes(types: Iterable<string>, cache: ProjectCache): Promise<ReadonlyMap<string, string>>;
  /** Binds a test's query. Undefined when it is right, or cannot be bound. */
  bind(
    name: string,
    sql: Parameters<ShellCatalog["describe"]>[0],
    subject: QuerySubject,
    known: ReadonlyMap<string, KnownColumns>,
    cache: ProjectCache,
  ): Promise<MeshError | undefined>;
}

export interface ColumnFinderOptions {
  readonly root: string;
  readonly index: MeshIndex;
  /** Opened when first needed: with everything remembered the database is never loaded. */
  shell(): Promise<ShellCatalog>;
  seeds(): Promise<SeedReader>;
}

const NONE: KnownColumns = { because: "it has an error" };

export function createColumnFinder({ root, index, shell, seeds }: ColumnFinderOptions): ColumnFinder {
  const canonicalTypes: ColumnFinder["canonicalTypes"] = async (types, cache) => {
    const found = new Map<string, string>();
    for (const type of new Set(types)) {
      const name = `type ${type}`;
      let canonical = cache.get("columns", name) as string | undefined;
      if (canonical === undefined) {
        canonical = await (await shell()).canonicalType(type);
        if (canonical === undefined) continue;
        cache.set("columns", name, canonical);
      }
      found.set(type, canonical);
    }
    return found;
  };

  const defined = async (columns: readonly DefinedColumn[], work: ModelWork, cache: ProjectCache) => {
    const canonical = await canonicalTypes(
      columns.map(({ type }) => type),
      cache,
    );
    const wrong = columns.flatMap(({ name, type, at }) =>
      canonical.has(type) ? [] : [unknownType(name, type, at ?? work.draft.location)],
    );
    if (wrong.length > 0) return { known: NONE, problems: wrong };
    return found(columns.map(({ name, type }) => ({ name, type: canonical.get(type) ?? type })));
  };

  const ofSeed = async (work: ModelWork, cache: ProjectCache): Promise<FoundColumns> => {
    const { draft, settings } = work;
    const { delimiter = ",", column_types: types = {} } = settings.config;
    const key = hashOf([draft.file?.hash, delimiter, types]);
    const remembered = cache.get("columns", draft.name) as Remembered | undefined;
    if (remembered?.key === key) return found(remembered.columns);
    const path = join(root, draft.location.file);
    let columns: readonly ColumnSchema[];
    try {
      columns = await (await seeds()).describe({ model: draft.id, path, delimiter, types });
    } catch (error) {
      if (!(error instanceof MeshError)) throw error;
      cache.forget("columns", draft.name);
      return { known: NONE, problems: [seedProblem(error, draft.id, path, draft.location)] };
    }
    cache.set("columns", draft.name, { key, columns } satisfies Remembered);
    return found(columns);
  };

  const ofQuery = async (
    work: ModelWork,
    known: ReadonlyMap<string, KnownColumns>,
    cache: ProjectCache,
  ): Promise<FoundColumns> => {
    const { draft, sql, incrementalSql } = work;
    if (!sql) return { known: NONE, problems: [] };
    const tables = new Map<string, readonly ColumnSchema[]>();
    const signatures: string[] = [];
    for (const id of work.deps) {
      const input = known.get(id);
      if (!input || "because" in input) return unknown(`the columns of ${id} are not known`);
      tables.set(id, input.columns);
      signatures.push(id, input.signature);
    }
    const key = hashOf([sql.text, incrementalSql?.text, signatures]);
    const remembered = cache.get("columns", draft.name) as Remembered | undefined;
    if (remembered?.key === key) return found(remembered.columns);
    cache.forget("columns", draft.name);
    const { id, project, location } = draft;
    const subject = { id, project: project.name, what: id, location };
    const catalog = await shell();
    const description = await catalog.describe(sql, tables);
    const problem = sqlProblem(description, subject, index);
    if (problem) return { known: NONE, problems: [problem] };
    if (description.kind !== "columns") return unknown(reason(description));
    const twice = repeated(description.columns);
    if (twice.length > 0) {
      return { known: NONE, problems: [problems.sqlColumnTwice({ what: id, columns: twice }, { location })] };
    }
    if (incrementalSql) {
      tables.set(id, description.columns);
      const increment = sqlProblem(await catalog.describe(incrementalSql, tables), subject, index);
      if (increment) return { known: NONE, problems: [increment] };
    }
    cache.set("columns", draft.name, { key, columns: description.columns } satisfies Remembered);
    return found(description.columns);
  };

  return {
    canonicalTypes,
    async find(work, known, cache) {
      if (work.definedColumns) return defined(work.definedColumns, work, cache);
      return work.draft.kind === "seed" ? ofSeed(work, cache) : ofQuery(work, known, cache);
    },
    async bind(name, sql, subject, known, cache) {
      const tables = new Map<string, readonly ColumnSchema[]>();
      const signatures: string[] = [];
      for (const { model } of sql.slots) {
        const input = known.get(model);
        if (!input || "because" in input) return undefined;
        tables.set(model, input.columns);
        signatures.push(model, input.signature);
      }
      const key = hashOf([sql.text, signatures]);
      if (cache.get("bindings", name) === key) return undefined;
      const problem = sqlProblem(await (await shell()).describe(sql, tables), subject, index);
      if (problem) cache.forget("bindings", name);
      else cache.set("bindings", name, key);
      return problem;
    },
  };
}

interface Remembered {
  readonly key: string;
  readonly columns: readonly ColumnSchema[];
}

/** The warehouse names the file by its absolute path; people know it by its place in the mesh. */
function seedProblem(error: MeshError, seed: string, path: string, { file }: Location): MeshError {
  const { line } = error.location ?? {};
  const location = line === undefined ? { file } : { file, line };
  return problems.seedUnreadable({ seed, reason: error.message.replace(`${path}: `, "") }, { location });
}

export function knownColumns(columns: readonly ColumnSchema[]): KnownColumns {
  let signature: string | undefined;
  return {
    columns,
    // Most models of a mesh are read by none that is compiled.
    get signature() {
      signature ??= hashOf(columns.flatMap(({ name, type }) => [name, type]));
      return signature;
    },
  };
}

function found(columns: readonly ColumnSchema[]): FoundColumns {
  return { known: knownColumns(columns), problems: [] };
}

function unknown(because: string): FoundColumns {
  return { known: { because }, problems: [] };
}

function reason(description: Description): string {
  return description.kind === "unknown" ? description.because : "it cannot be bound";
}

function repeated(columns: readonly ColumnSchema[]): readonly string[] {
  const names = columns.map(({ name }) => name.toLowerCase());
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

const COMMON_TYPES = [
  ..."bigint integer smallint double float decimal varchar text boolean date time timestamp timestamptz".split(" "),
  ..."blob json uuid interval".split(" "),
];

export function unknownType(column: string, type: string, location: NonNullable<MeshError["location"]>): MeshError {
  const near = closest(type, COMMON_TYPES);
  return problems.dataTypeUnknown({ column, type, near: near === undefined ? undefined : `"${near}"` }, { location });
}
