// Owns the form of a command's description, and the options that many commands share. Knows no command.
// Imports nothing at run time, because `mesh --help` must start as fast as Node itself.
import type { CommandRunner } from "./command.ts";

export interface OptionSpec {
  /** Without dashes, kebab-case. */
  readonly name: string;
  readonly short?: string;
  /** What its value is, for people; absent for a flag. */
  readonly value?: string;
  /** May be given several times, and takes several words at once: `-s a b`. */
  readonly many?: boolean;
  /** It means nothing when the API is asked, and is refused there. Why: a whole sentence. */
  readonly onlyHere?: string;
  readonly summary: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
  readonly choices?: readonly string[];
}

export interface Example {
  readonly command: string;
  readonly does: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** A paragraph for the command's own help. */
  readonly description: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** It works over the API too, with --remote or MESH_REMOTE. */
  readonly remote?: true;
  /** Why it cannot, where people may expect it: a whole sentence. */
  readonly onlyHere?: string;
  readonly load: () => Promise<{ readonly run: CommandRunner }>;
}

/** `summary`: what it names whom for. */
export const byOption = (summary: string): OptionSpec => ({
  name: "by",
  value: "name",
  summary,
  onlyHere: "The name is that of the token in MESH_TOKEN.",
});

/** Options of every command. */
export const globalOptions: readonly OptionSpec[] = [
  { name: "project-dir", value: "folder", summary: "Folder to start in; mesh.config.ts is looked for here and above" },
  {
    name: "remote",
    value: "url",
    summary: "Ask the API of a running scheduler instead of this folder's mesh (MESH_REMOTE; token in MESH_TOKEN)",
  },
  { name: "json", summary: "Print one JSON document on stdout and nothing else there" },
  { name: "quiet", short: "q", summary: "Print results and problems only" },
  { name: "no-color", summary: "No colours (NO_COLOR=1 does the same)" },
  { name: "help", short: "h", summary: "Show help" },
];

const target: OptionSpec = {
  name: "target",
  short: "t",
  value: "name",
  summary: "Target of mesh.config.ts to use",
  onlyHere: "The target is the one that the scheduler runs with.",
};
const vars: OptionSpec = {
  name: "vars",
  value: "yaml",
  summary: "Variables for var(), as YAML or JSON: '{start: 2024-01-01}'",
  onlyHere: "What is deployed has its variables from `mesh deploy`.",
};
export const meshOptions = [target, vars] as const;
export const selection: readonly OptionSpec[] = [
  {
    name: "select",
    short: "s",
    value: "selector",
    many: true,
    summary: "Models to take: names, +parents, children+, tag:, path:, project:, owner:, config.key:",
  },
  { name: "exclude", value: "selector", many: true, summary: "Models to leave out of the selection" },
];
export const fullRefresh: OptionSpec = {
  name: "full-refresh",
  summary: "Make everything selected anew, incremental models from scratch; histories of snapshots are kept",
};
export const discardHistory: OptionSpec = {
  name: "discard-history",
  value: "snapshot",
  many: true,
  summary: "Begin the history of this snapshot (strategy timestamp or check) anew; what it kept is lost",
};
