// Owns where text goes: results to stdout, everything else to stderr; what --json and --quiet silence; colours.
import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** For what goes to stdout, and for what goes to stderr. */
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** True when progress may be redrawn in place on stderr. */
  readonly live: boolean;
  /** What the user asked for; nothing with --json. */
  result(text: string): void;
  /** The one JSON document of a command; nothing without --json. */
  document(value: unknown): void;
  /** One line of JSON; nothing without --json. */
  jsonLine(value: unknown): void;
  /** Progress and hints, on stderr; nothing with --json or --quiet. */
  note(text: string): void;
  /** Problems, on stderr, always. */
  problem(text: string): void;
  /** While progress is drawn in place, what goes to stderr is handed to `tell` instead; undefined ends it. */
  divert(tell: ((text: string) => void) | undefined): void;
  /** Resolves when all that was written has left the process. */
  flush(): Promise<void>;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** A terminal, a file, a pipe, or what gathers text. */
type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly destroyed?: boolean };

export function createOutput({ json, quiet, noColor, env, stdout, stderr }: OutputOptions): Output {
  const colored = (stream: OutputStream) => {
    if (noColor || (env.NO_COLOR ?? "") !== "") return false;
    if ((env.FORCE_COLOR ?? "0") !== "0") return true;
    return stream.isTTY === true && env.TERM !== "dumb";
  };
  const flushed = (stream: OutputStream) =>
    new Promise<void>((resolve) => (stream.destroyed ? resolve() : void stream.write("", () => resolve())));
  let diverted: ((text: string) => void) | undefined;
  const toStderr = (text: string) => (diverted ? diverted(text) : void stderr.write(`${text}\n`));
  return {
    json,
    quiet,
    colors: pc.createColors(colored(stdout)),
    errorColors: pc.createColors(colored(stderr)),
    live: stderr.isTTY === true && !json && !quiet && env.TERM !== "dumb" && !env.CI,
    result(text) {
      if (!json) stdout.write(`${text}\n`);
    },
    document(value) {
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    jsonLine(value) {
      if (json) stdout.write(`${JSON.stringify(value)}\n`);
    },
    note(text) {
      if (!json && !quiet) toStderr(text);
    },
    problem: toStderr,
    divert(tell) {
      diverted = tell;
    },
    async flush() {
      await Promise.all([flushed(stdout), flushed(stderr)]);
    },
  };
}
