// Owns reading the options that `mesh scheduler` and `mesh worker` share.
import { problems } from "../errors/index.ts";
import { parseDurationMs, parseSizeBytes } from "../util/index.ts";
import type { CommandInput } from "./command.ts";
import type { ParsedOptions } from "./parse-arguments.ts";
import { readVars } from "./read-vars.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** What both kinds of process are started with. */
export async function readProcessOptions({ options, output, cwd, env, drainSignal }: CommandInput) {
  const level = options.text("log-level") ?? "info";
  const logLevel = LEVELS.find((known) => known === level);
  if (!logLevel) throw problems.badOptionValue({ option: "--log-level", value: level, expected: LEVELS.join(", ") });
  const target = options.text("target");
  const vars = await readVars(options.text("vars"));
  return {
    cwd,
    env,
    ...(vars && { vars }),
    ...(target !== undefined && { target }),
    host: options.text("host") ?? "127.0.0.1",
    port: options.count("port", 0) ?? 0,
    graceMs: readDuration(options, "grace") ?? 60_000,
    logLevel,
    readableLog: process.stdout.isTTY === true && !output.json,
    signal: drainSignal,
  };
}

function readDuration(options: ParsedOptions, name: string): number | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw problems.badOptionValue({ option: `--${name}`, value: text, expected: "a duration such as 30s or 2m" });
  return ms;
}

export function readSize(options: ParsedOptions, name: string): number | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const bytes = parseSizeBytes(text);
  if (bytes === undefined || bytes < 2 ** 20)
    throw problems.badOptionValue({
      option: `--${name}`,
      value: text,
      expected: "a size of at least 1MB, such as 2GB",
    });
  return bytes;
}
