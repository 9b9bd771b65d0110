// Owns what `mesh new` is going to write.
import type { NewFile } from "./new-file.ts";

export interface NewFiles {
  /** The mesh's root, which the files' paths are relative to. */
  readonly root: string;
  readonly files: readonly NewFile[];
  /** The command to run next, for people. */
  readonly next: string;
}
