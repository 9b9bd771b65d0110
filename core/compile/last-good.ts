// Owns the last version of each project that compiled, on disk, to stand in for it while it does not.
import { join } from "node:path";
import type { Shard } from "../manifest/index.ts";
import { hashOf, readCacheFile } from "../util/index.ts";
import { fileNameOf } from "./cache/project-cache.ts";
import { writeCacheFile } from "./cache/write-cache-file.ts";

/** Goes up when the shape of a shard changes. */
const VERSION = 4;

type Index = Readonly<Record<string, string>>;

interface Stored {
  readonly setting: string;
  readonly stamp: string;
  readonly shard: Shard;
}

export class LastGood {
  readonly #folder: string | undefined;
  /** What all shards depend on besides their project: a shard of another target is no stand-in. */
  readonly #setting: string;

  constructor(folder: string | undefined, setting: readonly unknown[]) {
    this.#folder = folder;
    this.#setting = hashOf([VERSION, setting]);
  }

  read(project: string): Shard | undefined {
    const stored = this.#read(project);
    return stored?.setting === this.#setting && stored.shard?.project.name === project ? stored.shard : undefined;
  }

  /** The shard that was written with this stamp, if it is there still. */
  readStamped(project: string, stamp: string): Shard | undefined {
    const stored = this.#read(project);
    return stored?.stamp === stamp ? stored.shard : undefined;
  }

  /** Writes the shards that are not those written last, and gives the stamp of each that is there. A folder that cannot be written is no error. */
  async write(
    shards: readonly { readonly shard: Shard; readonly key: string }[],
  ): Promise<ReadonlyMap<string, string>> {
    const stamps = new Map<string, string>();
    if (this.#folder === undefined || shards.length === 0) return stamps;
    const indexPath = join(this.#folder, "index.json");
    const before = (readCacheFile(indexPath) ?? {}) as Index;
    const after: Record<string, string> = { ...before };
    let changed = false;
    for (const { shard, key } of shards) {
      const { name } = shard.project;
      const stamp = hashOf([this.#setting, key]);
      stamps.set(name, stamp);
      if (before[name] === stamp) continue;
      try {
        await writeCacheFile(this.#pathOf(name), JSON.stringify({ setting: this.#setting, stamp, shard }));
        after[name] = stamp;
        changed = true;
      } catch {
        // Read-only or full: the mesh compiles all the same.
      }
    }
    if (changed) await writeCacheFile(indexPath, JSON.stringify(after)).catch(() => undefined);
    return stamps;
  }

  #read(project: string): Partial<Stored> | undefined {
    if (this.#folder === undefined) return undefined;
    const stored = readCacheFile(this.#pathOf(project));
    return typeof stored === "object" && stored !== null ? stored : undefined;
  }

  #pathOf(project: string): string {
    return join(this.#folder ?? "", `${fileNameOf(project)}.json`);
  }
}
