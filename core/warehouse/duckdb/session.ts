// Owns a session: a connection with an in-memory catalog of its own, in which the pinned builds are views.
import type { DuckDBResult } from "@duckdb/node-api";
import { MeshError, problems } from "../../errors/index.ts";
import type { ColumnSchema } from "../../manifest/index.ts";
import { createId, quoteIdentifier } from "../../util/index.ts";
import { trimQuery } from "../sql-failure.ts";
import type { QueryResult, SessionRequest, WarehouseSession } from "../types.ts";
import { accountBuild } from "./account-build.ts";
import { hashContent } from "./content-hash.ts";
import { createBuild } from "./create-build.ts";
import type { Engine, EngineConnection } from "./engine.ts";
import { jsonCell } from "./json-cell.ts";
import type { Layout } from "./layout.ts";
import { missingFile } from "./missing-file.ts";
import { buildQuery, defineBuilds, relationOf } from "./read-build.ts";
import { type FailureContext, sqlProblem } from "./to-problem.ts";

export async function openSession(engine: Engine, layout: Layout, request: SessionRequest): Promise<WarehouseSession> {
  const { signal } = request;
  const catalog = quoteIdentifier(`session_${createId()}`);
  const current = new Map(request.inputs);
  const builds = new Map(
    [...request.behindViews.values(), ...request.inputs.values()].map((build) => [build.id, build]),
  );
  const defined = new Set<string>();
  const findBuild = (id: string) => builds.get(id);
  const failure = (what: string): FailureContext => ({
    what,
    path: layout.root,
    memoryLimit: engine.memoryLimit(),
    signal,
  });
  const connection = await engine.connect(signal);
  const streams = new Set<EngineConnection>();
  let open = true;

  /** A vanished file is told as such, whatever statement met it first. */
  const problemOf = async (error: unknown, sql: string, what: string): Promise<MeshError> => {
    if (error instanceof MeshError) return error;
    return (
      (/No files found|Cannot open file|No such file/.test(String(error)) &&
        (await missingFile(builds.values(), layout))) ||
      sqlProblem(error, sql, failure(what))
    );
  };
  const run = async (sql: string, what: string) => {
    try {
      return await connection.run(sql);
    } catch (error) {
      throw await problemOf(error, sql, what);
    }
  };
  const close = async () => {
    if (!open) return;
    open = false;
    for (const stream of streams) stream.close();
    const gone = await connection.run(`use memory; detach ${catalog}`).then(
      () => true,
      () => false,
    );
    connection.close();
    if (gone) return;
    // The catalog belongs to the engine, not to the connection: it must be let go even after an abort.
    const last = await engine.connect();
    await last.run(`detach ${catalog}`).catch(() => undefined);
    last.close();
  };
  const describe = async (sql: string, what = "describing a query"): Promise<readonly ColumnSchema[]> => {
    const result = await run(`describe ${trimQuery(sql)}`, what);
    return (await result.getRows()).map(([name, type]) => ({ name: String(name), type: String(type) }));
  };

  try {
    await run(
      [
        `attach ':memory:' as ${catalog}`,
        `use ${catalog}`,
        ...defineBuilds(builds.values(), layout, findBuild, defined),
      ].join(";\n"),
      "opening a warehouse session",
    );
  } catch (error) {
    await close();
    throw error;
  }

  return {
    relation(model) {
      const build = current.get(model);
      if (!build) throw problems.inputNotInSession({ model });
      return relationOf(build);
    },
    async attach(build) {
      builds.set(build.id, build);
      current.set(build.model, build);
      const statements = defineBuilds([build], layout, findBuild, defined);
      if (statements.length > 0) await run(statements.join(";\n"), `reading ${build.model}`);
    },
    async query(sql) {
      const result = await run(sql, "running a query");
      return { columns: columnsOf(result), rows: (await result.getRows()).map((row) => row.map(jsonCell)) };
    },
    async *stream(sql): AsyncGenerator<QueryResult> {
      // A second statement on a connection ends the stream on it, so each stream has its own.
      const own = await engine.connect(signal);
      streams.add(own);
      try {
        await own.run(`use ${catalog}`);
        const result = await own.stream(sql);
        const columns = columnsOf(result);
        for await (const rows of result.yieldRows()) {
          signal?.throwIfAborted();
          yield { columns, rows: rows.map((row) => row.map(jsonCell)) };
        }
      } catch (error) {
        throw await problemOf(error, sql, "running a query");
      } finally {
        streams.delete(own);
        own.close();
      }
    },
    describe: (sql) => describe(sql),
    create(build, statement) {
      const what = `building ${build.model}`;
      return createBuild(build, statement, {
        ...failure(what),
        connection,
        connect: (stop) => engine.connect(stop),
        layout,
        describe: (sql) => describe(sql, what),
        run: (sql) => run(sql, what),
        problemOf: (error, sql) => problemOf(error, sql, what),
        bindView: ({ sql, inputs }) =>
          buildQuery({ kind: "view", columns: [], sql, inputs }, build.model, layout, findBuild),
      });
    },
    async contentHash(data) {
      const query = buildQuery(data, "the view", layout, findBuild);
      try {
        return await hashContent(connection, data.columns, query);
      } catch (error) {
        throw await problemOf(error, query, "hashing a build");
      }
    },
    async account(data, columns) {
      const what = "accounting for a build";
      const query = buildQuery(data, "the view", layout, findBuild);
      return accountBuild(
        data,
        columns,
        layout,
        query,
        async (sql) => (await (await run(sql, what)).getRows())[0] ?? [],
      );
    },
    close,
  };
}

function columnsOf(result: DuckDBResult): readonly ColumnSchema[] {
  return result.columnNames().map((name, i) => {
    const type = result.columnType(i);
    return { name, type: type.alias ?? type.toString() };
  });
}
