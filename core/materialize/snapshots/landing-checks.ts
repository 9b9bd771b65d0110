// Owns what is refused of rows that were read, whatever is to become of them: keys and times that say nothing.
import { problems } from "../../errors/index.ts";
import { quoteIdentifier as q } from "../../util/index.ts";
import { type Cursor, unusable } from "./cursor.ts";
import type { SnapshotCheck } from "./snapshot-strategy.ts";

/** A row without a whole key is nobody's next version. */
export function keyChecks(model: string, relation: string, key: readonly string[]): readonly SnapshotCheck[] {
  return [
    {
      sql: `select count(*) from ${relation} where ${key.map((name) => `${q(name)} is null`).join(" or ")}`,
      problem: (rows) => problems.snapshotKeyNull({ model, key, rows }),
    },
  ];
}

export function repeatedKeys(model: string, relation: string, key: readonly string[]): SnapshotCheck {
  return {
    sql: `select count(*) from (select 1 from ${relation} group by ${key.map(q).join(", ")} having count(*) > 1)`,
    problem: (keys) => problems.snapshotKeyRepeated({ model, key, keys }),
  };
}

/** `option` is the configuration key that names the column. */
export function cursorChecks(
  model: string,
  relation: string,
  cursor: Cursor,
  option: "cursor" | "updated_at",
): readonly SnapshotCheck[] {
  const { column, kind } = cursor;
  return [
    {
      sql: `select count(*) from ${relation} where ${unusable(cursor)}`,
      problem: (rows) => problems.snapshotCursorUnusable({ model, option, column, kind, rows }),
    },
  ];
}
