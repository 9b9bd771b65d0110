// Owns pages: how a list is cut, and the cursor of the page after it. Knows no table.
import { type MeshError, problems } from "../../core/errors/index.ts";

/** What came for `limit + 1`: at most `limit` of it, and a cursor when there is more. */
export function toPage<Row, Shown>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Shown,
  key: (row: Row) => string | number,
): { items: Shown[]; next?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(show),
    ...(rows.length > limit && last !== undefined && { next: String(key(last)) }),
  };
}

export const badCursor = (): MeshError =>
  problems.apiBadRequest({ where: "query", faults: ["`cursor`: it is not the `next` of a page"] });
