// Owns looking up a column that a model's configuration names.
import { problems } from "../errors/index.ts";
import { closest } from "../util/index.ts";

/** The column as the table spells it; case does not count. Throws `materialize/no-such-column` naming the option. */
export function findColumn(model: string, option: string, column: string, columns: readonly string[]): string {
  const found = columns.find((candidate) => candidate.toLowerCase() === column.toLowerCase());
  if (found !== undefined) return found;
  throw problems.uniqueKeyMissing({ model, option, column, near: closest(column, columns), columns });
}
