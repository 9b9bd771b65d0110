// Owns one table's way out of MySQL: a streamed SELECT on the session's connection, encoded as CSV, counted a second time.
import type { Connection } from "mysql2";
import { problems } from "../../../errors/index.ts";
import type { Extraction, ExtractRequest } from "../../types.ts";
import type { Gate } from "../gate.ts";
import { createRowEncoder, type EncodedColumn } from "../row-encoder.ts";
import type { StorePlace } from "../store-place.ts";
import { tableName } from "../table-name.ts";
import { type CatalogTable, quote } from "./catalog.ts";
import { cellEncoder, cellExpression } from "./column-types.ts";
import { mysqlFailure } from "./failures.ts";
import { queryRows, streamRows } from "./query.ts";

const CHUNK_CHARACTERS = 1 << 17;

export interface MysqlReading {
  readonly connection: Connection;
  readonly at: StorePlace;
  readonly lane: Gate;
  /** Asks the server to stop the connection's running query. Never throws. */
  cancel(): Promise<void>;
}

/** Nothing is asked of the store before the stream is read. Throws `store/type-not-exact` at once. */
export function extractTable(reading: MysqlReading, table: CatalogTable, request: ExtractRequest): Extraction {
  const { connection, at, lane, cancel } = reading;
  const name = tableName(request.table);
  const { expressions, columns } = plan(at, name, table, request);
  const { signal } = request;
  let rows: number | undefined;

  async function* stream(): AsyncGenerator<Uint8Array> {
    const leave = await lane.enter(signal);
    const encoder = createRowEncoder(columns);
    const selected = streamRows(connection, `SELECT ${expressions.join(", ")} FROM ${table.sql}`, {
      add(row) {
        encoder.append(row);
        return encoder.pending >= CHUNK_CHARACTERS ? encoder.take() : undefined;
      },
      end: () => encoder.take(),
    });
    let stopping: Promise<unknown> | undefined;
    const stop = () => {
      if (!selected.ended()) stopping ??= Promise.all([cancel(), selected.drain()]);
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      yield* selected.chunks;
      signal?.throwIfAborted();
      const refused = encoder.refused();
      if (refused.length > 0)
        throw problems.storeValueNotRepresentable({ store: at.store, table: name, columns: refused });
      rows = Number((await queryRows(connection, `SELECT count(*) FROM ${table.sql}`))[0]?.[0]);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw mysqlFailure(error, at, `reading \`${name}\``);
    } finally {
      signal?.removeEventListener("abort", stop);
      // The connection is the session's: the other tables need it, free of this query.
      stop();
      await stopping;
      leave();
    }
  }

  return {
    parts: [{ open: stream }],
    resumable: false,
    rows() {
      if (rows === undefined)
        throw problems.unexpected({ what: `counting the rows of ${name}`, reason: "the stream has not ended" });
      return rows;
    },
  };
}

function plan(
  at: StorePlace,
  table: string,
  { columns: found }: CatalogTable,
  request: ExtractRequest,
): { readonly expressions: readonly string[]; readonly columns: readonly EncodedColumn[] } {
  const byName = new Map(found.map((column) => [column.name, column]));
  const expressions: string[] = [];
  const columns: EncodedColumn[] = [];
  const inexact: { column: string; storeType: string; declared: string }[] = [];
  for (const { identifier: name, type: declared } of request.columns) {
    const column = byName.get(name);
    if (!column)
      throw problems.storeQueryFailed({
        ...at,
        what: `reading \`${table}\``,
        reason: `there is no column \`${name}\``,
      });
    const encode = cellEncoder(declared, column);
    if (encode) {
      expressions.push(cellExpression(column, quote(name)));
      columns.push({ name, declared, encode });
    } else inexact.push({ column: name, storeType: column.storeType, declared });
  }
  if (inexact.length > 0) throw problems.storeTypeNotExact({ store: at.store, table, columns: inexact });
  return { expressions, columns };
}
