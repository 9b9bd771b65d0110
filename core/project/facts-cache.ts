// Owns remembering what was read from YAML files, by the hash of their bytes, under .mesh/cache. Losing it costs time, never truth.
import { join } from "node:path";
import { readCacheFile, sha256Hex, writeFileAtomic } from "../util/index.ts";
import type { TextFile } from "./types.ts";

/** Goes up whenever the same bytes would give other facts. A test compares the facts of a sample with this number. */
export const FACTS_VERSION = 9;

interface Stored {
  readonly version: number;
  readonly files: Readonly<Record<string, { readonly hash: string; readonly facts: unknown }>>;
}

export interface FactsCache {
  /** The facts of the file: remembered, or read now. */
  facts<Facts>(file: TextFile, read: (file: TextFile) => Facts | Promise<Facts>): Promise<Facts>;
  /** Writes when something was read anew, and forgets files that were not asked for. A folder that cannot be written is no error. */
  save(): Promise<void>;
}

const isStored = (value: unknown): value is Stored =>
  typeof value === "object" &&
  value !== null &&
  (value as Stored).version === FACTS_VERSION &&
  typeof (value as Stored).files === "object";

/** The cache of one project's folder. */
export function openFactsCache(root: string, projectPath: string): FactsCache {
  const path = join(
    root,
    ".mesh",
    "cache",
    "projects",
    `${projectPath.replace(/[^A-Za-z0-9_-]+/g, "-")}-${sha256Hex(projectPath).slice(0, 8)}.json`,
  );
  const stored = readCacheFile(path);
  const before: Stored["files"] = isStored(stored) ? stored.files : {};
  const after: Record<string, { hash: string; facts: unknown }> = {};
  let changed = false;
  return {
    async facts<Facts>(file: TextFile, read: (file: TextFile) => Facts | Promise<Facts>): Promise<Facts> {
      const known = before[file.path];
      if (known?.hash === file.hash) {
        after[file.path] = known;
        // Written by this same function for the same bytes and version.
        return known.facts as Facts;
      }
      changed = true;
      const facts = await read(file);
      after[file.path] = { hash: file.hash, facts };
      return facts;
    },
    async save() {
      if (!changed && Object.keys(before).length === Object.keys(after).length) return;
      await writeFileAtomic(path, JSON.stringify({ version: FACTS_VERSION, files: after } satisfies Stored)).catch(
        () => undefined,
      );
    },
  };
}
