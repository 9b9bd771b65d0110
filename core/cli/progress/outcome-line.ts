// Owns the one line that tells what became of a model.
import { formatDurationMs } from "../../util/index.ts";
import { padEndCells, printable } from "../output/display-width.ts";
import { formatBytes, plural } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import type { ModelOutcome, OutcomeStatus } from "./model-outcome.ts";

const MARKS: Readonly<Record<OutcomeStatus, string>> = {
  published: "✓",
  warned: "!",
  unchanged: "=",
  failed: "✗",
  held: "‖",
  skipped: "-",
  cancelled: "-",
};

export function paintStatus(status: OutcomeStatus, text: string, colors: Colors): string {
  if (status === "published") return colors.green(text);
  if (status === "warned") return colors.yellow(text);
  if (status === "failed") return colors.red(text);
  return status === "held" ? colors.yellow(text) : colors.dim(text);
}

/** `✓ bookings.orders  published  12,000 rows  1.2 MB  0.8s  4 tests` */
export function formatOutcome(outcome: ModelOutcome, nameWidth: number, colors: Colors): string {
  const { status, rows, bytes, tests, reason, model, durationMs } = outcome;
  const facts: string[] = [];
  if (status === "published" || status === "warned") {
    if (rows !== undefined) facts.push(plural(rows, "row"));
    if (bytes !== undefined && bytes > 0) facts.push(formatBytes(bytes));
    facts.push(formatDurationMs(durationMs));
    if (tests.length > 0) facts.push(plural(tests.length, "test"));
    const warned = tests.filter((test) => test.status === "warn");
    if (warned.length > 0) facts.push(`warned: ${warned.map((test) => test.test).join(", ")}`);
  } else if (reason !== undefined) facts.push(printable(reason));
  return `${paintStatus(status, MARKS[status], colors)} ${padEndCells(model, nameWidth)}  ${paintStatus(status, status.padEnd(9), colors)}  ${facts.join("  ")}`.trimEnd();
}
