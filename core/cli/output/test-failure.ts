// Owns showing a test that failed or warned: what it found, where it is written, a few of the rows.
import type { Manifest } from "../../manifest/index.ts";
import type { TestRecord } from "../../state/index.ts";
import { formatLocation } from "./diagnostics.ts";
import { plural } from "./format.ts";
import type { Colors } from "./output.ts";
import { formatRecords } from "./rows-table.ts";

/** Rows shown; more are kept with the run. */
const SHOWN_ROWS = 5;

export function formatTestFailure(record: TestRecord, manifest: Manifest, colors: Colors): string {
  const paint = record.status === "warn" ? colors.yellow : colors.red;
  const word = record.status === "warn" ? "warning" : record.status === "error" ? "error" : "failed";
  const found =
    record.status === "error" ? (record.message ?? "it could not be run") : `${plural(record.failures, "failure")}`;
  const lines = [`${paint(colors.bold(word))} test ${record.test} of ${record.model}: ${found}`];
  const location = manifest.tests[record.test]?.location;
  if (location) lines.push(`  ${colors.cyan(formatLocation(location))}`);
  const sample = record.sample ?? [];
  if (sample.length > 0) {
    lines.push(formatRecords(sample.slice(0, SHOWN_ROWS), colors).replace(/^/gm, "    "));
    if (record.failures > SHOWN_ROWS && sample.length > SHOWN_ROWS) lines.push(colors.dim(`    and more`));
  }
  return lines.join("\n");
}
