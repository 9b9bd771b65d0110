// Owns reading a type name as people write it.
import { problems } from "../../errors/index.ts";
import type { EngineConnection } from "./engine.ts";

/** The type as DuckDB writes it: `int` is INTEGER. Throws `warehouse/type-unknown`. */
export async function canonicalType(
  connection: EngineConnection,
  model: string,
  column: string,
  type: string,
): Promise<string> {
  try {
    const result = await connection.run(`select typeof(cast(null as ${type}))`);
    return String((await result.getRows())[0]?.[0]);
  } catch (error) {
    throw problems.columnTypeUnknown({ model, column, type }, { cause: error });
  }
}
