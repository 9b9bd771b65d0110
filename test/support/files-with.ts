// Owns looking for texts in all files of a folder, whatever kind they are. By another process: closing a file that SQLite has open
// in this one would let go of SQLite's locks on it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Paths of the files that hold one of these texts, hidden files included. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const wanted = texts.flatMap((text) => ["-e", text]);
  const found = await promisify(execFile)("grep", ["-rlasF", ...wanted, "--", folder]).then(
    ({ stdout }) => stdout,
    (error: { readonly code?: unknown; readonly stdout?: string }) => {
      // 1: none; 2: a file went while it was read, as SQLite's side files do.
      if (error.code === 1 || error.code === 2) return error.stdout ?? "";
      throw error;
    },
  );
  return found.split("\n").filter((path) => path !== "");
}
