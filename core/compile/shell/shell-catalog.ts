// Owns the shell catalog: an in-memory database with an empty table per model, which binds queries and tells their columns.
// Nothing is ever run on rows, and it cannot read a file.
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement, DuckDBType } from "@duckdb/node-api";
import { type BoundSql, bindSql, type ColumnSchema, type CompiledSql } from "../../manifest/index.ts";
import { quoteIdentifier } from "../../util/index.ts";
import { relationOf } from "../stable-name.ts";
import { readShellFailure, type ShellFailure } from "./shell-failure.ts";

export type Description =
  | { readonly kind: "columns"; readonly columns: readonly ColumnSchema[] }
  /** The query may be right, but its columns depend on something that is not here. */
  | { readonly kind: "unknown"; readonly because: string }
  /** It is not one query. `found` completes "must be one query, but …". */
  | { readonly kind: "not-one-query"; readonly found: string }
  | {
      readonly kind: "refused";
      readonly failure: ShellFailure;
      readonly bound: BoundSql;
      /** Models in its slots that have no table. */
      readonly missing: readonly string[];
    };

export type Tables = ReadonlyMap<string, readonly ColumnSchema[]>;

/** Schemas of models begin with it, so that SQL which names `project.model` itself finds nothing. */
export const SHELL_PREFIX = "ref:";

/** What the query would need to be bound: files, extensions. */
const ELSEWHERE = new Set(["IO", "HTTP", "Permission", "Missing Extension", "Autoload", "Network"]);
const STATEMENT_SELECT = 1;

export class ShellCatalog {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #schemas = new Set<string>();
  /** Model id -> the columns its table has. */
  readonly #tables = new Map<string, string>();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(): Promise<ShellCatalog> {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(":memory:", {
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      enable_external_access: "false",
      errors_as_json: "true",
      threads: "1",
    });
    const connection = await instance.connect();
    await connection.run("set global TimeZone = 'UTC'");
    return new ShellCatalog(instance, connection);
  }

  /** Binds a query over tables of these columns. A slot whose model is not among them finds no table. */
  async describe(sql: CompiledSql, tables: Tables): Promise<Description> {
    const models = new Set(sql.slots.map(({ model }) => model));
    await this.#provide(models, tables);
    const description = await this.#describe(bindSql(sql, shellName));
    if (description.kind !== "refused") return description;
    return { ...description, missing: [...models].filter((model) => !tables.has(model)) };
  }

  /** The database's own spelling of a type, or undefined when it is none. */
  async canonicalType(type: string): Promise<string | undefined> {
    const text = `select null::${type} as x`;
    const description = await this.#describe({ text, locate: () => undefined });
    const [column, ...others] = description.kind === "columns" ? description.columns : [];
    return others.length === 0 && column?.name === "x" ? column.type : undefined;
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #provide(models: ReadonlySet<string>, tables: Tables): Promise<void> {
    const statements: string[] = [];
    for (const model of models) {
      const columns = tables.get(model);
      const wanted = columns?.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");
      if (this.#tables.get(model) === wanted) continue;
      const { schema } = relationOf(model);
      const name = shellName(model);
      if (wanted === undefined) {
        statements.push(`drop table if exists ${name}`);
        this.#tables.delete(model);
        continue;
      }
      if (!this.#schemas.has(schema)) statements.push(`create schema ${quoteIdentifier(SHELL_PREFIX + schema)}`);
      this.#schemas.add(schema);
      statements.push(`create or replace table ${name} (${wanted})`);
      this.#tables.set(model, wanted);
    }
    if (statements.length > 0) await this.#connection.run(statements.join(";\n"));
  }

  async #describe(bound: BoundSql): Promise<Description> {
    let prepared: DuckDBPreparedStatement;
    try {
      prepared = await this.#connection.prepare(bound.text);
    } catch (error) {
      return this.#explain(readShellFailure(error, bound.text), bound);
    }
    try {
      if (prepared.parameterCount > 0) return notOneQuery("it has parameters ($1 or ?), which nothing fills");
      if (prepared.statementType !== STATEMENT_SELECT) return notOneQuery("it is another statement");
      const columns: ColumnSchema[] = [];
      for (let i = 0; i < prepared.columnCount; i++) {
        const type = spell(prepared.columnType(i));
        // Nested types are spelt by the database itself, which quotes only the names that need it.
        if (type === undefined) return { kind: "columns", columns: await this.#spellByDatabase(bound.text) };
        columns.push({ name: prepared.columnName(i), type });
      }
      return { kind: "columns", columns };
    } finally {
      prepared.destroySync();
    }
  }

  async #spellByDatabase(sql: string): Promise<readonly ColumnSchema[]> {
    const result = await this.#connection.runAndReadAll(`describe ${sql}`);
    return result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  }

  async #explain(failure: ShellFailure, bound: BoundSql): Promise<Description> {
    if (failure.reason.startsWith("Cannot prepare multiple statements")) {
      // A PIVOT without a list of values becomes two statements: its columns depend on the rows.
      return /\bpivot(_wider)?\b/i.test(bound.text)
        ? { kind: "unknown", because: "a PIVOT without a list of values has columns that depend on the rows" }
        : notOneQuery("it is several statements");
    }
    if (failure.reason.startsWith("No statement to prepare")) return notOneQuery("it is empty");
    if (ELSEWHERE.has(failure.type)) return { kind: "unknown", because: "it reads something outside the mesh" };
    if (/exists in the \w+ extension/.test(failure.reason)) {
      return { kind: "unknown", because: "it uses a function of an extension" };
    }
    return { kind: "refused", failure, bound, missing: [] };
  }
}

function notOneQuery(found: string): Description {
  return { kind: "not-one-query", found };
}

/** The last part is the model's name, so that `orders.id` works. */
function shellName(model: string): string {
  const { schema, name } = relationOf(model);
  return `${quoteIdentifier(SHELL_PREFIX + schema)}.${quoteIdentifier(name)}`;
}

/** Undefined for a type that holds names or other types. */
function spell(type: DuckDBType): string | undefined {
  if (type.alias !== undefined) return type.alias;
  const text = String(type);
  return /^(STRUCT|UNION|MAP|ENUM)\b|\[/.test(text) ? undefined : text;
}
