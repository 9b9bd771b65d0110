// Owns where relative paths of file stores begin. Opens nothing.
import { resolve } from "node:path";
import type { StoreSettings } from "./types.ts";

/** The key under which a connection written as a mapping names its file or folder. */
const PATH_KEYS: Readonly<Partial<Record<StoreSettings["client"], string>>> = { sqlite: "filename", files: "path" };

/** The connection with the path of a file or folder resolved against `folder`; that of a server as it is. */
export function absoluteConnection(
  { client, connection }: Pick<StoreSettings, "client" | "connection">,
  folder: string,
): StoreSettings["connection"] {
  const key = PATH_KEYS[client];
  if (key === undefined) return connection;
  if (typeof connection === "string") return absolute(connection, folder);
  const path = connection[key];
  return typeof path === "string" ? { ...connection, [key]: absolute(path, folder) } : connection;
}

/** Text that is no path at all, such as a URL, is for the adapter to refuse. */
function absolute(path: string, folder: string): string {
  return path === "" || path === ":memory:" || /^\w+:/.test(path) ? path : resolve(folder, path);
}
