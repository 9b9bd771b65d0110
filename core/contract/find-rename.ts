// Owns guessing that a column that is gone and one that is new are the same. A guess is only ever told, never followed.
import type { StoreColumn } from "../source/index.ts";
import { closest } from "../util/index.ts";
import type { RecordedColumn } from "./judge-drift.ts";
import { sameType } from "./store-type.ts";

export interface Rename {
  readonly column: StoreColumn;
  /** Why it is thought to be: `same type and position`. */
  readonly evidence: string;
}

/**
 * The one column among `appeared` that has the gone column's type and stands in its place or has a name near to it;
 * undefined when there is none, or several.
 */
export function findRename(
  gone: string,
  before: readonly RecordedColumn[],
  actual: readonly StoreColumn[],
  appeared: readonly StoreColumn[],
): Rename | undefined {
  const was = before.find(({ name }) => name === gone);
  if (!was) return undefined;
  const candidates = appeared.filter((column) => sameType(column.storeType, was.storeType));
  const [column] = candidates;
  if (candidates.length !== 1 || column === undefined) return undefined;
  const samePlace = before.indexOf(was) === actual.indexOf(column);
  if (samePlace) return { column, evidence: "same type, same position" };
  if (isNear(gone, column.name)) return { column, evidence: "same type, a similar name" };
  return undefined;
}

function isNear(a: string, b: string): boolean {
  const bare = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  return bare(a) === bare(b) || closest(a, [b]) !== undefined || bare(a).includes(bare(b)) || bare(b).includes(bare(a));
}
