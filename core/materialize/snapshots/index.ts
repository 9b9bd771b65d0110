// Every snapshot strategy, by name.
import { append } from "./append.ts";
import { full } from "./full.ts";
import { check, timestamp } from "./history.ts";
import { incremental } from "./incremental.ts";
import type { SnapshotStrategy } from "./snapshot-strategy.ts";

export const snapshotStrategies: Readonly<Record<string, SnapshotStrategy>> = {
  full,
  incremental,
  append,
  timestamp,
  check,
};
