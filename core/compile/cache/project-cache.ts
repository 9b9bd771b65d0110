// Owns remembering what compiling one project worked out, on disk. Losing it costs time, never truth.
import { join } from "node:path";
import { readCacheFile, sha256Hex } from "../../util/index.ts";
import { writeCacheFile } from "./write-cache-file.ts";

/** What is remembered of each thing: its query, its columns, its tests. */
export type CacheSection = "queries" | "columns" | "tests" | "bindings";

type Sections = Record<CacheSection, Record<string, unknown>>;

const none = (): Sections => ({ queries: {}, columns: {}, tests: {}, bindings: {} });

/** Entries are what `set` was given, or JSON of it: each must carry what proves that it still holds. */
export class ProjectCache {
  readonly #path: string | undefined;
  readonly #identity: string;
  readonly #before: Sections;
  readonly #after = none();
  #changed = false;

  private constructor(path: string | undefined, identity: string, before: Sections) {
    this.#path = path;
    this.#identity = identity;
    this.#before = before;
  }

  /** Without a folder it remembers for this compile only. */
  static open(folder: string | undefined, project: string, identity: string): ProjectCache {
    const path = folder === undefined ? undefined : join(folder, `${fileNameOf(project)}.json`);
    const stored = path === undefined ? undefined : readCacheFile(path);
    return new ProjectCache(path, identity, sectionsOf(stored, identity));
  }

  /** Kept for the next time only when asked for or set this time. */
  get(section: CacheSection, name: string): unknown {
    const entry = this.#after[section][name] ?? this.#before[section][name];
    if (entry !== undefined) this.#after[section][name] = entry;
    return entry;
  }

  set(section: CacheSection, name: string, entry: unknown): void {
    this.#after[section][name] = entry;
    this.#changed = true;
  }

  /** Those asked for or set this time. */
  entries(section: CacheSection): readonly unknown[] {
    return Object.values(this.#after[section]);
  }

  forget(section: CacheSection, name: string): void {
    delete this.#after[section][name];
  }

  /** A folder that cannot be written is no error. */
  async save(): Promise<void> {
    if (this.#path === undefined || !this.#changed) return;
    const content = JSON.stringify({ identity: this.#identity, sections: this.#after });
    await writeCacheFile(this.#path, content).catch(() => undefined);
  }
}

/** A name of its own for each project, whatever characters its name has. */
export function fileNameOf(project: string): string {
  return `${project.replace(/[^A-Za-z0-9_-]+/g, "-")}-${sha256Hex(project).slice(0, 8)}`;
}

function sectionsOf(stored: unknown, identity: string): Sections {
  if (typeof stored !== "object" || stored === null) return none();
  const { identity: by, sections } = stored as { readonly identity?: unknown; readonly sections?: unknown };
  return by === identity && typeof sections === "object" && sections !== null
    ? { ...none(), ...(sections as Partial<Sections>) }
    : none();
}
