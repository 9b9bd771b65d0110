// Owns the point of a folder of files: which files there are, and how big, how old and which ones they are. Reads none.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type MeshError, problems, toMeshError } from "../../errors/index.ts";
import type { FilesOptions } from "./options.ts";

export interface ListedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly identity: string;
}

/** What must stay as it is while a file is read. */
export function identityOf(found: { readonly size: bigint; readonly mtimeNs: bigint; readonly ino: bigint }): string {
  return `${found.ino}:${found.size}:${found.mtimeNs}`;
}

/** All files below the folder, sorted. Links are followed; a link to a folder is not, so that there is no circle. */
export async function listFiles(
  { store, root, minAgeMs }: FilesOptions,
  now: number,
  signal: AbortSignal | undefined,
): Promise<readonly ListedFile[]> {
  const at = { store, place: root };
  try {
    const folder = await stat(root).catch(() => undefined);
    if (!folder) throw problems.storeDatabaseMissing({ ...at, reason: "there is no such folder" });
    if (!folder.isDirectory()) throw problems.storeDatabaseMissing({ ...at, reason: "it is not a folder" });
    const found: ListedFile[] = [];
    const folders = [""];
    for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
      signal?.throwIfAborted();
      for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
        const path = below === "" ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) folders.push(path);
        if (!entry.isFile() && !entry.isSymbolicLink()) continue;
        const file = join(root, path);
        // Gone between the two looks: it was not there.
        const facts = await stat(file, { bigint: true }).catch(() => undefined);
        if (!facts?.isFile() || now - Number(facts.mtimeMs) < minAgeMs) continue;
        found.push({ path, file, size: Number(facts.size), identity: identityOf(facts) });
      }
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw fileFailure(error, at, "listing the files");
  }
}

/** The coded error for what the file system throws; a coded error stays as it is. */
export function fileFailure(
  error: unknown,
  at: { readonly store: string; readonly place: string },
  what: string,
): MeshError {
  return toMeshError(error, () => {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM")
      return problems.storePermissionDenied({ ...at, what, reason: code }, { cause: error });
    if (code === "ENOENT")
      return problems.filesChanged({ ...at, reason: "it is gone" }, { cause: error, retryable: true });
    return problems.storeQueryFailed({ ...at, what, reason: code === "" ? message : code }, { cause: error });
  });
}
