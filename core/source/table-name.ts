// Owns a table's name as people write it, for messages.
import type { SourceTable } from "./types.ts";

export function tableName(table: SourceTable): string {
  return table.schema === undefined ? table.identifier : `${table.schema}.${table.identifier}`;
}
