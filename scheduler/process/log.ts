// Owns the lines a process writes about itself: JSON for machines, short text on a terminal, never a secret. What to log is the caller's.
import { pino } from "pino";
import type { Log } from "../duty.ts";

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly write: (text: string) => void;
  /** The mesh's own: every text of every line passes it, keys apart. */
  readonly redact: (text: string) => string;
  readonly level?: LogLevel;
  /** Short text for people instead of JSON. */
  readonly readable?: boolean;
  /** In every line, such as `{ process: "worker" }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Redacting is done on the finished line's values, so that whatever a field holds, escaped or nested, is seen as it will be read. */
export function createLog({ write, redact, level = "info", readable = false, fields = {} }: LogOptions): Log {
  const stream = {
    write(line: string) {
      const clean = redactTexts(JSON.parse(line), redact) as Line;
      write(readable ? `${formatLine(clean, Object.keys(fields))}\n` : `${JSON.stringify(clean)}\n`);
    },
  };
  return pino(
    {
      level,
      base: fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: serializeError },
    },
    stream,
  );
}

/** Never a stack trace: what went wrong, its code, and what to do. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, help } = error as { readonly code?: unknown; readonly help?: unknown };
  return {
    message: error.message,
    ...(typeof code === "string" && { code }),
    ...(typeof help === "string" && { help }),
  };
}

function redactTexts(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactTexts(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactTexts(item, redact)]));
}

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** `10:04:12 warn  message  key=value`: one line, the standing fields left out. */
function formatLine({ level, time, msg, ...rest }: Line, standing: readonly string[]): string {
  const shown = Object.entries(rest)
    .filter(([key]) => !standing.includes(key))
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [time.slice(11, 19), level.padEnd(5), msg, ...shown].join(" ").replace(/\s*\n\s*/g, " | ");
}
