// Owns the policies of stores and sources in force: what was written, over the defaults. Checks nothing.
import type { DriftPolicy, LossBudget, ReadingPolicy } from "../manifest/index.ts";
import type { SourceDeclaration, StoreDeclaration } from "../project/index.ts";
import { parseDurationMs, parseSizeBytes } from "../util/index.ts";

const MINUTE_MS = 60_000;
const DEFAULTS: ReadingPolicy = {
  concurrency: 4,
  readers: 1,
  splitAboveBytes: 256_000_000,
  isolation: "repeatable_read",
  lockAndStart: false,
  connectTimeoutMs: 10_000,
  statementTimeoutMs: 240 * MINUTE_MS,
  lockTimeoutMs: MINUTE_MS,
  idleTimeoutMs: 10 * MINUTE_MS,
};

export function readingPolicy(written: StoreDeclaration["reading"]): ReadingPolicy {
  const duration = (text: string | undefined, otherwise: number) =>
    (text === undefined ? undefined : parseDurationMs(text)) ?? otherwise;
  return {
    concurrency: written.concurrency ?? DEFAULTS.concurrency,
    readers: written.readers ?? DEFAULTS.readers,
    splitAboveBytes:
      (written.split_above === undefined ? undefined : parseSizeBytes(written.split_above)) ?? DEFAULTS.splitAboveBytes,
    isolation: written.isolation ?? DEFAULTS.isolation,
    lockAndStart: written.lock_and_start ?? DEFAULTS.lockAndStart,
    connectTimeoutMs: duration(written.connect_timeout, DEFAULTS.connectTimeoutMs),
    statementTimeoutMs: duration(written.statement_timeout, DEFAULTS.statementTimeoutMs),
    lockTimeoutMs: duration(written.lock_timeout, DEFAULTS.lockTimeoutMs),
    idleTimeoutMs: duration(written.idle_timeout, DEFAULTS.idleTimeoutMs),
  };
}

export function lossBudget(written: SourceDeclaration["loss_budget"]): LossBudget {
  if (typeof written === "string") return { rows: 0, share: Number(written.slice(0, -1)) / 100 };
  return { rows: written ?? 0, share: 0 };
}

/** New columns of the store are no business of the port; anything else that changes is refused until somebody decides. */
const CAUTIOUS: DriftPolicy = {
  added: "ignore_new",
  dropped: "refuse",
  renamed: "refuse",
  retyped: "refuse",
  nullable: "refuse",
  table_gone: "refuse",
};

export function driftPolicy(written: SourceDeclaration["drift"]): DriftPolicy {
  if (typeof written !== "string") return { ...CAUTIOUS, ...written };
  const kinds = Object.keys(CAUTIOUS) as (keyof DriftPolicy)[];
  return Object.fromEntries(kinds.map((kind) => [kind, written])) as unknown as DriftPolicy;
}
