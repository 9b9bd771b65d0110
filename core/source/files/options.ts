// Owns what the connection of a folder of files says, with its defaults. Its schema, for messages with places, is in `project/`.
import { isAbsolute } from "node:path";
import { problems } from "../../errors/index.ts";
import { parseDurationMs } from "../../util/index.ts";
import type { StoreSettings } from "../types.ts";

/** How the cells of text files are written. Of one table, or of all that say nothing else. */
export interface FileDialect {
  /** CSV: one character. Default a comma; a tab for `.tsv`. */
  readonly delimiter?: string;
  /** CSV: the first line names the columns. Default true; else they are `column_1`, `column_2`, … */
  readonly header?: boolean;
  /** CSV: the unquoted text that is NULL. Default the empty one. */
  readonly null?: string;
  /** CSV: false when quotes mean nothing. */
  readonly quotes?: boolean;
  /** NDJSON: keys that no row need have. */
  readonly optional?: readonly string[];
}

/** As written in project.yml. A string is the path alone. */
export interface FilesConnection extends FileDialect {
  readonly path: string;
  /** Files changed within this time are left out: they may still be written. */
  readonly min_age?: string;
  /** By the identifier of the table. */
  readonly tables?: Readonly<Record<string, FileDialect>>;
}

export interface FilesOptions {
  readonly store: string;
  /** Absolute. */
  readonly root: string;
  readonly minAgeMs: number;
  dialectOf(table: string): FileDialect;
}

/** Throws `store/connection-invalid`. */
export function filesOptions({ id, client, connection }: StoreSettings): FilesOptions {
  const refuse = (reason: string): never => {
    throw problems.storeConnectionInvalid({ store: id, client, reason });
  };
  const given = typeof connection === "string" ? { path: connection } : (connection as unknown as FilesConnection);
  const { path, min_age: minAge, tables = {}, ...shared } = given;
  if (typeof path !== "string" || path === "") return refuse("it names no folder");
  if (/^\w+:\/\//.test(path)) return refuse("it is a URL; only folders of this machine can be read");
  if (!isAbsolute(path)) return refuse("the folder's path is not absolute");
  return {
    store: id,
    root: path,
    minAgeMs: (minAge === undefined ? undefined : parseDurationMs(minAge)) ?? 0,
    dialectOf: (table) => ({ ...shared, ...tables[table] }),
  };
}
