// Owns what is said when a run has ended: failures with their rows, what is held and why, totals, where the results are.
import type { RunResult } from "../../execute/index.ts";
import type { Manifest } from "../../manifest/index.ts";
import type { Plan } from "../../plan/index.ts";
import type { TestRecord } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import { formatLocation } from "../output/diagnostics.ts";
import { printable } from "../output/display-width.ts";
import { formatRunDrift } from "../output/drift.ts";
import { formatBytes, plural } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatTable } from "../output/table.ts";
import { formatTestFailure } from "../output/test-failure.ts";
import { isFailure, type ModelOutcome, type OutcomeStatus, outcomesOf, withoutName } from "./model-outcome.ts";
import { paintStatus } from "./outcome-line.ts";

export interface SummaryRequest {
  readonly result: RunResult;
  readonly plan: Plan;
  readonly manifest: Manifest;
  readonly colors: Colors;
}

/** Several paragraphs, without a final newline. */
export function formatSummary({ result, plan, manifest, colors }: SummaryRequest): string {
  const order = plan.steps.filter((step) => step.kind !== "prune").flatMap((step) => step.models);
  const outcomes = outcomesOf(result.steps, order);
  const failed = outcomes.filter((outcome) => outcome.status === "failed");
  const parts = [
    ...failed.map((outcome) => formatFailure(outcome, manifest, colors)),
    ...outcomes
      .flatMap(({ tests }) => tests.filter((test) => test.status === "warn"))
      .map((test) => formatTestFailure(test, manifest, colors)),
    ...result.steps.flatMap(({ step, drift = [] }) =>
      drift.length === 0 ? [] : [formatRunDrift(step.models[0] ?? "", drift, manifest, colors)],
    ),
    ...pruneProblem(result, colors),
    formatHeld(result, outcomes, plan, colors),
    formatServed(result, outcomes, colors),
    formatTotals(result, outcomes, plan, colors),
  ];
  return `\n${parts.filter((part) => part !== "").join("\n\n")}`;
}

function formatFailure(outcome: ModelOutcome, manifest: Manifest, colors: Colors): string {
  const tests = outcome.tests.filter(isFailure);
  if (tests.length > 0) return tests.map((test) => formatTestFailure(test, manifest, colors)).join("\n\n");
  const head = `${colors.red(colors.bold("failed"))} ${outcome.model}`;
  const { error } = outcome;
  if (!error) return `${head}: ${printable(outcome.reason ?? "no reason was recorded")}`;
  const place = error.location ? `\n  ${colors.cyan(formatLocation(error.location))}` : "";
  return `${head}: ${withoutName(error.message, [outcome.model])} ${colors.dim(`[${error.code}]`)}${place}\n  ${colors.bold("help:")} ${error.help}`;
}

function pruneProblem(result: RunResult, colors: Colors): readonly string[] {
  const prune = result.steps.find(({ step, status }) => step.kind === "prune" && status === "failed");
  return prune?.error
    ? [
        `${colors.red(colors.bold("failed"))} ${prune.step.id}: ${prune.error.message}\n  ${colors.bold("help:")} ${prune.error.help}`,
      ]
    : [];
}

/** What readers still see in its older form, or not at all, and why. */
function formatHeld(
  { status: ended }: RunResult,
  outcomes: readonly ModelOutcome[],
  plan: Plan,
  colors: Colors,
): string {
  // Who cancels a run knows why its models were; each has had its line.
  const told: readonly OutcomeStatus[] = ended === "cancelled" ? ["held", "skipped"] : ["held", "skipped", "cancelled"];
  const held = outcomes.filter(({ status }) => told.includes(status));
  const rows = [
    ...held.map(({ model, status, reason }) => [model, status, reason ?? ""]),
    ...plan.blocked.map(({ model, reason }) => [model, "blocked", reason]),
  ];
  const stays = colors.dim("What was published of them before stays.");
  if (rows.length === 0) return ended === "cancelled" ? stays.replace("of them ", "") : "";
  const table = formatTable([{ title: "not published" }, { title: "status" }, { title: "why" }], rows, colors, 100);
  return `${table}\n${stays}`;
}

function formatServed(result: RunResult, outcomes: readonly ModelOutcome[], colors: Colors): string {
  const projects = Object.entries(result.served);
  if (projects.length === 0) return "";
  const published = outcomes.filter(({ status }) => status === "published" || status === "warned");
  const example = published.at(-1)?.model;
  const table = formatTable([{ title: "project" }, { title: "published tables are in" }], projects, colors, 200);
  return `${table}${example === undefined ? "" : `\n${colors.dim(`Look at one: mesh show ${example}`)}`}`;
}

const ORDER: readonly OutcomeStatus[] = ["published", "warned", "unchanged", "failed", "held", "skipped", "cancelled"];

function formatTotals(result: RunResult, outcomes: readonly ModelOutcome[], plan: Plan, colors: Colors): string {
  const counts = ORDER.flatMap((status) => {
    const count = outcomes.filter((outcome) => outcome.status === status).length;
    return count === 0
      ? []
      : [paintStatus(status, `${count} ${status === "warned" ? "published with warnings" : status}`, colors)];
  });
  if (plan.upToDate.length > 0) counts.push(colors.dim(`${plan.upToDate.length} up to date`));
  if (plan.blocked.length > 0) counts.push(colors.yellow(`${plan.blocked.length} blocked`));
  const published = outcomes.filter(({ status }) => status === "published" || status === "warned");
  const rows = published.reduce((sum, outcome) => sum + (outcome.rows ?? 0), 0);
  const bytes = published.reduce((sum, outcome) => sum + (outcome.bytes ?? 0), 0);
  const tests: readonly TestRecord[] = outcomes.flatMap((outcome) => outcome.tests);
  const facts = [
    ...(rows > 0 ? [plural(rows, "row")] : []),
    ...(bytes > 0 ? [formatBytes(bytes)] : []),
    ...(tests.length > 0 ? [plural(tests.length, "test")] : []),
    formatDurationMs(result.durationMs),
  ];
  // A run that had nothing to do but what is blocked did not succeed: its exit code says so too.
  const word = result.status === "success" && plan.blocked.length > 0 ? "incomplete" : result.status;
  return `${colors.bold(`run ${word}`)}: ${counts.length === 0 ? "nothing to do" : counts.join(", ")} · ${facts.join(" · ")}`;
}
