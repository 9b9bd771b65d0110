// Owns telling which commit of git a folder is at. Anything but a clean answer is no answer.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const TIMEOUT_MS = 10_000;

/** Such as `4f2c…`, with `-dirty` when something below the folder is not committed; undefined outside of git or without it. */
export async function gitCommit(folder: string): Promise<string | undefined> {
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)("git", [...args], { cwd: folder, timeout: TIMEOUT_MS })).stdout.trim();
  try {
    const commit = await git("rev-parse", "HEAD");
    const changed = await git("status", "--porcelain", "--", ".", ":!.mesh");
    return changed === "" ? commit : `${commit}-dirty`;
  } catch {
    return undefined;
  }
}
