// Leaf functions with no knowledge of the domain. May not import anything of the project.
export { readJsonFile, writeFileAtomic } from "./atomic-file.ts";
export { type Clock, fixedClock, systemClock } from "./clock.ts";
export { closest } from "./closest.ts";
export { csvCell, type CsvOptions, COPY_CSV } from "./copy-csv.ts";
export { deepFreeze } from "./deep-freeze.ts";
export { formatDurationMs, parseDurationMs } from "./duration.ts";
export { hashOf, sha256Hex } from "./hash.ts";
export { createId } from "./ids.ts";
export { parseReference, type Reference } from "./reference.ts";
export { redactUrl, Redactor } from "./redact.ts";
export { stableJson } from "./stable-json.ts";
