// Leaf functions with no knowledge of the domain. May not import anything of the project.
export { readCacheFile, readJsonFile, writeFileAtomic } from "./atomic-file.ts";
export { type Clock, systemClock } from "./clock.ts";
export { closest } from "./closest.ts";
export { COPY_CSV, csvCell } from "./copy-csv.ts";
export { deepFreeze } from "./deep-freeze.ts";
export { driverError, networkTrouble } from "./driver-error.ts";
export { formatDurationMs, parseDurationMs } from "./duration.ts";
export { createGate, type Gate } from "./gate.ts";
export { hashOf, sha256Hex } from "./hash.ts";
export { createId } from "./ids.ts";
export { identityOf, type ProcessIdentity, type ProcessState, processState } from "./process-identity.ts";
export { Redactor, redactUrl } from "./redact.ts";
export { parseReference, type Reference } from "./reference.ts";
export { parseSizeBytes } from "./size.ts";
export { quoteIdentifier, quoteString } from "./sql-text.ts";
export { stableJson } from "./stable-json.ts";
export { instantOfWall, wallTimeMs } from "./time-zone.ts";
export { unlessAborted } from "./unless-aborted.ts";
