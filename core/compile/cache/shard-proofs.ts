// Owns what each project's shard was compiled from, on disk beside what compiling remembers. Losing it costs time, never truth.
import { join } from "node:path";
import { readCacheFile } from "../../util/index.ts";
import { writeCacheFile } from "./write-cache-file.ts";

/** All that a shard without problems depended on. The same again gives the same shard. */
export interface ShardProof {
  /** Which shard it speaks of; see `LastGood`. */
  readonly stamp: string;
  /** Hash of the project itself and of what all projects share. */
  readonly inside: string;
  /** Environment variables asked for, and the hash of each; null where there was none. */
  readonly env: readonly (readonly [name: string, value: string | null])[];
  /** Models of other projects that its models, tests and reports read, and the hash of each. */
  readonly outside: readonly (readonly [model: string, hash: string])[];
}

const FILE = "shards";

export class ShardProofs {
  readonly #path: string | undefined;
  readonly #identity: string;
  readonly #proofs: Map<string, ShardProof>;
  readonly #stored: string;

  private constructor(path: string | undefined, identity: string, proofs: Readonly<Record<string, ShardProof>>) {
    this.#path = path;
    this.#identity = identity;
    this.#proofs = new Map(Object.entries(proofs));
    this.#stored = this.#content();
  }

  static open(folder: string | undefined, identity: string): ShardProofs {
    if (folder === undefined) return new ShardProofs(undefined, identity, {});
    // No project's own file has this name: those end in a hash.
    const path = join(folder, `${FILE}.json`);
    const stored = readCacheFile(path) as
      | { readonly identity?: unknown; readonly proofs?: Readonly<Record<string, ShardProof>> }
      | null
      | undefined;
    return new ShardProofs(path, identity, (stored?.identity === identity && stored.proofs) || {});
  }

  get(project: string): ShardProof | undefined {
    return this.#proofs.get(project);
  }

  set(project: string, proof: ShardProof): void {
    this.#proofs.set(project, proof);
  }

  /** Keeps those of these projects only. A folder that cannot be written is no error. */
  async save(projects: Iterable<string>): Promise<void> {
    const wanted = new Set(projects);
    for (const name of this.#proofs.keys()) if (!wanted.has(name)) this.#proofs.delete(name);
    const content = this.#content();
    if (this.#path === undefined || content === this.#stored) return;
    await writeCacheFile(this.#path, content).catch(() => undefined);
  }

  #content(): string {
    const sorted = [...this.#proofs].sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify({ identity: this.#identity, proofs: Object.fromEntries(sorted) });
  }
}
