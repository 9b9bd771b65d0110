// Owns the last version of each project that compiled, on disk, to stand in for it while it does not.
import { join } from "node:path";
import type { Shard } from "../manifest/index.ts";
import { hashOf, readJsonFile } from "../util/index.ts";
import { fileNameOf } from "./cache/project-cache.ts";
import { writeCacheFile } from "./cache/write-cache-file.ts";

/** Goes up when the shape of a shard changes. */
const VERSION = 1;

type Index = Readonly<Record<string, string>>;

export class LastGood {
  readonly #folder: string | undefined;
  /** What all shards depend on besides their project: a shard of another target is no stand-in. */
  readonly #setting: string;

  constructor(folder: string | undefined, setting: readonly unknown[]) {
    this.#folder = folder;
    this.#setting = hashOf([VERSION, setting]);
  }

  async read(project: string): Promise<Shard | undefined> {
    if (this.#folder === undefined) return undefined;
    const stored = await readJsonFile(this.#pathOf(project)).catch(() => undefined);
    if (typeof stored !== "object" || stored === null) return undefined;
    const { setting, shard } = stored as { readonly setting?: unknown; readonly shard?: Shard };
    return setting === this.#setting && shard?.project.name === project ? shard : undefined;
  }

  /** Writes the shards that are not those written last. A folder that cannot be written is no error. */
  async write(shards: readonly { readonly shard: Shard; readonly key: string }[]): Promise<void> {
    if (this.#folder === undefined) return;
    const indexPath = join(this.#folder, "index.json");
    const before = ((await readJsonFile(indexPath).catch(() => undefined)) ?? {}) as Index;
    const after: Record<string, string> = { ...before };
    let changed = false;
    for (const { shard, key } of shards) {
      const { name } = shard.project;
      const wanted = hashOf([this.#setting, key]);
      if (before[name] === wanted) continue;
      try {
        await writeCacheFile(this.#pathOf(name), JSON.stringify({ setting: this.#setting, shard }));
        after[name] = wanted;
        changed = true;
      } catch {
        // Read-only or full: the mesh compiles all the same.
      }
    }
    if (changed) await writeCacheFile(indexPath, JSON.stringify(after)).catch(() => undefined);
  }

  #pathOf(project: string): string {
    return join(this.#folder ?? "", `${fileNameOf(project)}.json`);
  }
}
