// The strategy `full`: the whole source, every time. What was read is the build.
import type { SnapshotStrategy } from "./snapshot-strategy.ts";

export const full: SnapshotStrategy = { name: "full", reads: "all", keepsHistory: false };
