// Owns running a TypeScript model's `rows`: its inputs as rows of JavaScript values, its output to a staging file.
import { join } from "node:path";
import { type Location, MeshError, problems, toMeshError } from "../errors/index.ts";
import type { ColumnSchema, Model } from "../manifest/index.ts";
import type { QueryResult, WarehouseSession } from "../warehouse/index.ts";
import { reasonOf } from "./make-build.ts";

/** Where in the model's file an error thrown by user code came from, from its stack. */
function placeOf(error: unknown, file: string, root: string): Location {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const match of stack.matchAll(/\(?((?:file:\/\/)?\/[^\s()]+?):(\d+):(\d+)\)?/g)) {
    const path = (match[1] ?? "").replace("file://", "");
    if (path === join(root, file)) return { file, line: Number(match[2]), column: Number(match[3]) };
  }
  return { file };
}

type Row = Readonly<Record<string, unknown>>;

/** The rows of an input, each cell a JavaScript value: 64-bit integers bigint, decimals and times text, blobs Uint8Array, nested values parsed JSON. */
async function* readRows(session: WarehouseSession, model: string): AsyncGenerator<Row> {
  for await (const batch of session.stream(`select * from ${session.relation(model)}`)) {
    for (const row of toRows(batch)) yield row;
  }
}

function* toRows({ columns, rows }: QueryResult): Generator<Row> {
  const readers = columns.map((column) => ({ name: column.name, read: readerOf(column.type) }));
  for (const row of rows) {
    const out: Record<string, unknown> = {};
    for (const [i, { name, read }] of readers.entries()) {
      const cell = row[i];
      out[name] = cell === null || cell === undefined ? null : read(cell);
    }
    yield out;
  }
}

function readerOf(type: string): (cell: unknown) => unknown {
  const upper = type.toUpperCase();
  if (/^U?(BIG|HUGE)INT$/.test(upper)) return (cell) => BigInt(cell as string);
  if (upper === "BLOB") return (cell) => Buffer.from(cell as string, "hex");
  if (upper === "JSON") return (cell) => (typeof cell === "string" ? JSON.parse(cell) : cell);
  return (cell) => cell;
}

export interface OpenRowsRequest {
  readonly model: Model;
  readonly root: string;
  /** Sees the model's inputs. */
  readonly session: WarehouseSession;
  readonly isIncremental: boolean;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** Loads the definition and binds its inputs. The returned `produce` runs the user's function. */
export async function openRows(request: OpenRowsRequest): Promise<{
  readonly columns: readonly ColumnSchema[];
  readonly produce: () => AsyncIterable<Row> | Iterable<Row>;
}> {
  const { model, session, signal, isIncremental, vars } = request;
  const { loadTypescriptModel } = await import("../project/index.ts");
  const definition = await loadTypescriptModel(request.root, model.location.file);
  const inputs = Object.fromEntries(
    Object.entries(definition.deps).map(([name, dep]) => [
      name,
      readRows(session, `${dep.project ?? model.project}.${dep.name}`),
    ]),
  );
  return { columns: definition.columns, produce: () => definition.rows({ ...inputs, signal, isIncremental, vars }) };
}

/** What is wrong with a row has no line of its own, but is about the model's file. */
function inFile(error: unknown, location: Location): unknown {
  if (!(error instanceof MeshError) || error.location) return error;
  const { code, message, help, retryable, cause } = error;
  return new MeshError({ code, message, help, location, retryable, cause });
}

export interface RowsRequest {
  readonly model: Model;
  readonly root: string;
  /** The user's function and its argument, already bound. */
  readonly produce: () => AsyncIterable<Row> | Iterable<Row>;
  readonly columns: readonly ColumnSchema[];
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

/** Writes the rows to a staging file in the folder, to be removed by whoever made that. Errors of user code come out coded, at their place. */
export async function stageRows(
  folder: string,
  request: RowsRequest,
): Promise<{ readonly path: string; readonly columns: readonly ColumnSchema[]; readonly rows: number }> {
  const { writeRows } = await import("../rows/index.ts");
  const path = join(folder, "rows.parquet");
  let count = 0;
  const counted = async function* () {
    try {
      for await (const row of request.produce()) {
        request.signal.throwIfAborted();
        count++;
        request.onProgress(count);
        yield row;
      }
    } catch (error) {
      if (request.signal.aborted) throw error;
      // Its message is the author's: shown as it is. mesh adds the number of rows, never a value of one.
      throw toMeshError(error, (cause) =>
        problems.typescriptModelFailed(
          { model: request.model.id, reason: reasonOf(cause), rows: count },
          { cause, location: placeOf(cause, request.model.location.file, request.root) },
        ),
      );
    }
  };
  const written = await writeRows({
    path,
    columns: request.columns,
    rows: counted(),
    signal: request.signal,
  }).catch((error: unknown) => {
    throw inFile(error, request.model.location);
  });
  return { path, columns: written.columns, rows: written.rows };
}
