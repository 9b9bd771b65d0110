// Owns reading a snapshot's configuration against the columns that are there.
import { problems } from "../../errors/index.ts";
import type { ColumnSchema, Model } from "../../manifest/index.ts";
import { findColumn } from "../find-column.ts";
import { type Cursor, cursorKind } from "./cursor.ts";

type Configured = Pick<Model, "id" | "config">;

/** Empty when there is none. */
export function keyOf({ id, config }: Configured, columns: readonly ColumnSchema[]): readonly string[] {
  const names = columns.map(({ name }) => name);
  return (config.unique_key ?? []).map((column) => findColumn(id, "unique_key", column, names));
}

/** The column that tells what is new, named by `option`. The compiler has checked its type. */
export function cursorOf(
  { id, config }: Configured,
  columns: readonly ColumnSchema[],
  option: "cursor" | "updated_at" = "cursor",
): Cursor {
  const column = findColumn(
    id,
    option,
    config[option] ?? "",
    columns.map(({ name }) => name),
  );
  const type = columns.find(({ name }) => name === column)?.type ?? "";
  const kind = cursorKind(type);
  if (kind === undefined) throw problems.unexpected({ what: `reading ${id}`, reason: `${column} cannot be a cursor` });
  return { column, type, kind };
}
