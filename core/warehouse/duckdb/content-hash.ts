// Owns the content hash of a relation: equal for equal columns and rows, whatever their order and their files.
import type { ColumnSchema } from "../../manifest/index.ts";
import { hashOf, quoteIdentifier } from "../../util/index.ts";
import type { EngineConnection } from "./engine.ts";
import { identityOf } from "./parquet-types.ts";

/**
 * SHA-256 of: names and types of the columns in order, the number of rows, and the sum and the exclusive or of DuckDB's
 * 64-bit hash of every row. The sum counts repeated rows, which cancel out in the exclusive or. Rows are hashed twice
 * because DuckDB combines columns by exclusive or, in which values swapped between two rows would cancel. Two tables that
 * differ by chance have one hash with a probability near 2^-64 when one row differs and less when more do; it is no
 * defence against somebody who makes rows to collide. It may change with DuckDB's version, which costs one rebuild.
 * `0.0` and `-0.0` are the same value.
 */
export async function hashContent(
  connection: EngineConnection,
  columns: readonly ColumnSchema[],
  query: string,
): Promise<string> {
  const values = columns.map(({ name, type }) => identityOf(quoteIdentifier(name), type));
  const result = await connection.run(
    `select count(*), sum(cast(h as hugeint)), bit_xor(h) from (select hash(hash(${values.join(", ")})) as h from (\n${query}\n))`,
  );
  const [rows, sum, xor] = (await result.getRows())[0] ?? [];
  return hashOf({
    columns: columns.map(({ name, type }) => [name, type]),
    rows: String(rows),
    sum: String(sum),
    xor: String(xor),
  });
}
