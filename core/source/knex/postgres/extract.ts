// Owns one table's way out of Postgres: COPY as CSV on a connection of its own, at the session's point.
import type { Client } from "pg";
import { to as copyTo } from "pg-copy-streams";
import { problems } from "../../../errors/index.ts";
import type { Extraction, ExtractRequest } from "../../types.ts";
import { tableName } from "../table-name.ts";
import type { CatalogTable } from "./catalog.ts";
import { cellExpression, exactType, judge } from "./column-types.ts";
import { postgresFailure } from "./failures.ts";
import type { Readers } from "./readers.ts";

const STREAM_BUFFER_BYTES = 1 << 20;

/** Nothing is asked of the store before the stream is read. Throws `store/type-not-exact` at once. */
export function extractTable(readers: Readers, table: CatalogTable, request: ExtractRequest): Extraction {
  const name = tableName(request.table);
  const plan = planCopy(readers.at.store, name, table, request);
  let rows: number | undefined;

  async function* stream(): AsyncGenerator<Uint8Array> {
    const reader = await readers.open(request.signal);
    try {
      if (plan.check !== undefined) await refuseValues(reader.client, plan.check, plan.checked, readers.at.store, name);
      const copy = reader.client.query(copyTo(plan.copy, { highWaterMark: STREAM_BUFFER_BYTES }));
      // The stream ends before the server's last word; an error of that word must not become an uncaught one.
      copy.on("error", () => undefined);
      for await (const chunk of copy) yield chunk as Uint8Array;
      // Answered only when COPY itself ended well: a connection cut after the last row throws here.
      await reader.finish();
      rows = copy.rowCount;
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      throw postgresFailure(error, readers.at, `reading \`${name}\``);
    } finally {
      await reader.dispose();
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

interface CheckedColumn {
  readonly column: string;
  readonly declared: string;
}

interface CopyPlan {
  readonly copy: string;
  /** Counts the values that do not fit, per checked column; undefined when every value must fit. */
  readonly check: string | undefined;
  readonly checked: readonly CheckedColumn[];
}

function planCopy(store: string, name: string, table: CatalogTable, request: ExtractRequest): CopyPlan {
  const found = new Map(table.columns.map((column) => [column.name, column]));
  const expressions: string[] = [];
  const checks: string[] = [];
  const checked: CheckedColumn[] = [];
  const inexact: { column: string; storeType: string; declared: string }[] = [];
  for (const { identifier: column, type: declared } of request.columns) {
    const facts = found.get(column);
    const quoted = quote(column);
    expressions.push(facts ? cellExpression(facts, quoted, declared) : quoted);
    if (!facts || exactType(facts) !== undefined) continue;
    const judgement = judge(declared, facts, quoted);
    if (judgement.kind === "never") inexact.push({ column, storeType: facts.storeType, declared });
    if (judgement.kind === "check") {
      checks.push(`count(*) FILTER (WHERE ${judgement.refuses})::text`);
      checked.push({ column, declared });
    }
  }
  if (inexact.length > 0) throw problems.storeTypeNotExact({ store, table: name, columns: inexact });
  return {
    copy: `COPY (SELECT ${expressions.join(", ")} FROM ${table.sql}) TO STDOUT (FORMAT csv)`,
    check: checks.length === 0 ? undefined : `SELECT ${checks.join(", ")} FROM ${table.sql}`,
    checked,
  };
}

async function refuseValues(
  client: Client,
  sql: string,
  checked: readonly CheckedColumn[],
  store: string,
  table: string,
): Promise<void> {
  const { rows } = await client.query<string[]>({ text: sql, rowMode: "array" });
  const columns = checked
    .map((column, i) => ({ ...column, rows: Number(rows[0]?.[i] ?? 0) }))
    .filter((column) => column.rows > 0);
  if (columns.length > 0) throw problems.storeValueNotRepresentable({ store, table, columns });
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
