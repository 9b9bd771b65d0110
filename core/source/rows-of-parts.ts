// Owns how many rows an extraction gave, from what its parts counted. Counts nothing itself.
import { problems } from "../errors/index.ts";

/** `counts` has one place for each part, undefined until the part has ended. */
export function rowsOfParts(counts: readonly (number | undefined)[], table: string): number {
  const known = counts.filter((count) => count !== undefined);
  if (known.length < counts.length)
    throw problems.unexpected({ what: `counting the rows of ${table}`, reason: "the stream has not ended" });
  return known.reduce((sum, count) => sum + count, 0);
}
