// Owns the policies that tests read stores with, unless they say otherwise.
import type { DriftPolicy, ReadingPolicy, Source } from "../../core/manifest/index.ts";

export const READING: ReadingPolicy = {
  concurrency: 3,
  readers: 1,
  splitAboveBytes: 256_000_000,
  isolation: "repeatable_read",
  lockAndStart: false,
  connectTimeoutMs: 10_000,
  statementTimeoutMs: 14_400_000,
  lockTimeoutMs: 60_000,
  idleTimeoutMs: 600_000,
};

export const DRIFT: DriftPolicy = {
  added: "ignore_new",
  dropped: "refuse",
  renamed: "refuse",
  retyped: "refuse",
  nullable: "refuse",
  table_gone: "refuse",
};

export const SOURCE_POLICY: Pick<Source, "verify" | "lossBudget" | "drift" | "scan"> = {
  verify: "checksum",
  lossBudget: { rows: 0, share: 0 },
  drift: DRIFT,
  scan: true,
};
