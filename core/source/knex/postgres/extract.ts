// Owns one table's way out of Postgres: COPY as CSV, a share of the rows on each reader, all at the session's point; and its account.
import { to as copyTo } from "pg-copy-streams";
import { problems } from "../../../errors/index.ts";
import { rowsOfParts } from "../../rows-of-parts.ts";
import type { Extraction, ExtractPart } from "../../types.ts";
import { createWorkClock } from "../work-clock.ts";
import { accountFor } from "./account.ts";
import { REFUSED_MARK } from "./cell-text.ts";
import { type CopyPlan, copyStatement, describeStatement, judgedColumns, refusalStatement } from "./copy-plan.ts";
import { postgresFailure } from "./failures.ts";
import type { Reader, Readers } from "./readers.ts";
import { CHANGES, type ChangesRow, refuseChangedColumns, refuseChanges } from "./unchanged.ts";

const STREAM_BUFFER_BYTES = 1 << 20;

export interface ExtractionRequest {
  readonly readers: Readers;
  readonly plan: CopyPlan;
  /** The table's name, for messages. */
  readonly name: string;
  /** Conditions of which every row meets exactly one; none: one part has all. */
  readonly shares: readonly string[];
  readonly estimate: Extraction["estimate"] | undefined;
  /** The database's encoding is UTF-8, or none. */
  readonly utf8: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Nothing is asked of the store before a part is opened. */
export function extractTable({ readers, plan, name, shares, estimate, utf8, signal }: ExtractionRequest): Extraction {
  const { at } = readers;
  const clock = createWorkClock();
  const conditions: readonly (string | undefined)[] = shares.length === 0 ? [undefined] : shares;
  const counts = conditions.map((): number | undefined => undefined);

  const use = async <Result>(what: string, read: (reader: Reader) => Promise<Result>): Promise<Result> => {
    const reader = await readers.open(signal);
    const stop = clock.start();
    try {
      await refuseChangedColumns(reader.client, at, name, plan, describeStatement(plan));
      return await read(reader);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw postgresFailure(error, at, what);
    } finally {
      stop();
      await reader.dispose();
    }
  };
  const finish = async (reader: Reader) => refuseChanges(at, name, await reader.finish<ChangesRow>(CHANGES));

  const parts = conditions.map((share, i): ExtractPart => {
    const copy = copyStatement(plan, share);
    return { open: () => openPart(copy, i) };
  });

  async function* openPart(sql: string, i: number): AsyncGenerator<Uint8Array> {
    counts[i] = undefined;
    const reader = await readers.open(signal);
    const stop = clock.start();
    let refused = false;
    try {
      await refuseChangedColumns(reader.client, at, name, plan, describeStatement(plan));
      const copy = reader.client.query(copyTo(sql, { highWaterMark: STREAM_BUFFER_BYTES }));
      // The stream ends before the server's last word; an error of that word must not become an uncaught one.
      copy.on("error", () => undefined);
      for await (const chunk of copy) yield chunk as Uint8Array;
      // Answered only when COPY itself ended well: a connection cut after the last row throws here.
      await finish(reader);
      counts[i] = copy.rowCount;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      refused = String((error as Error).message).includes(REFUSED_MARK);
      if (!refused) throw postgresFailure(error, at, `reading \`${name}\``);
    } finally {
      stop();
      await reader.dispose();
    }
    if (refused) throw await countRefused();
  }

  const countRefused = () =>
    use(`judging the values of \`${name}\``, async (reader) => {
      const { rows } = await reader.client.query<string[]>({
        text: refusalStatement(plan) ?? "SELECT",
        rowMode: "array",
      });
      await finish(reader);
      const columns = judgedColumns(plan)
        .map(({ column, declared }, i) => ({ column: column.name, declared, rows: Number(rows[0]?.[i] ?? 0) }))
        .filter((column) => column.rows > 0);
      return problems.storeValueNotRepresentable({ store: at.store, table: name, columns });
    });

  return {
    parts,
    resumable: true,
    ...(estimate && { estimate }),
    rows: () => rowsOfParts(counts, name),
    account: ({ checksum }) =>
      use(`accounting for \`${name}\``, async (reader) => {
        const account = await accountFor(reader.client, plan, checksum, utf8);
        await finish(reader);
        return account;
      }),
    storeMs: () => clock.totalMs(),
  };
}
