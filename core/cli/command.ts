// Owns what a command is given. A command prints through `output`, throws MeshErrors, and gives back an exit code; it never ends the process.
import type { Mesh } from "../mesh-types.ts";
import type { Output } from "./output/output.ts";
import type { ParsedOptions } from "./parse-arguments.ts";
import type { RemoteClient } from "./remote/remote-client.ts";

/** 0 fine, 1 a run or check failed, 2 wrong use or configuration, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

export interface CommandInput {
  readonly arguments: readonly string[];
  readonly options: ParsedOptions;
  readonly output: Output;
  /** The folder commands start in, absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C. A command that never looks at it is ended at once instead. */
  readonly signal: AbortSignal;
  /** The same for a command that runs until it is told to end: its exit code stands, and it says itself what it is doing. */
  readonly drainSignal: AbortSignal;
  /** The API to ask instead of a mesh of this machine; only for commands that say `remote`. */
  readonly remote: RemoteClient | undefined;
  /** Loads the mesh for the options given; the caller of the command closes it. */
  openMesh(): Promise<Mesh>;
}

export type CommandRunner = (input: CommandInput) => Promise<ExitCode>;
