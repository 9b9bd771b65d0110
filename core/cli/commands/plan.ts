// Owns `mesh plan`: what a run would do, why, and whom it reaches.
import type { Manifest, Model } from "../../manifest/index.ts";
import type { Plan, Step } from "../../plan/index.ts";
import { findAffected } from "../affected.ts";
import type { CommandRunner } from "../command.ts";
import { formatDiagnostics, sourceReader } from "../output/diagnostics.ts";
import { padEndCells } from "../output/display-width.ts";
import { formatFoundDrift } from "../output/drift.ts";
import { plural } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatTable } from "../output/table.ts";
import { takeSelection } from "../selection.ts";

export const run: CommandRunner = async (input) => {
  const { options, output } = input;
  const mesh = await input.openMesh();
  const { manifest, diagnostics } = await mesh.compile();
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error");
  // A run would fail without its keys, whatever is planned.
  const shown = [...errors, ...diagnostics.filter(({ code }) => code.startsWith("protect/key"))];
  if (shown.length > 0 && !output.json)
    output.problem(`${formatDiagnostics(shown, sourceReader(mesh.config.root), output.errorColors)}\n`);
  const { selection, warnings } = await takeSelection(mesh, input);
  const plan = await mesh.plan({
    ...selection,
    fullRefresh: options.flag("full-refresh"),
    discardHistory: options.list("discard-history") ?? [],
  });
  const affected = findAffected(manifest, plan);
  output.document({ ...plan, affected, warnings });
  output.result(formatPlan(plan, manifest, output.colors));
  return errors.length > 0 ? 1 : 0;
};

/** Several paragraphs, without a final newline. */
export function formatPlan(plan: Plan, manifest: Manifest, colors: Colors): string {
  const makes = plan.steps.filter((step) => step.kind === "extract" || step.kind === "build");
  const parts: string[] = [];
  for (const project of [...new Set(makes.map((step) => modelOf(step, manifest)?.project ?? ""))].sort()) {
    const own = makes.filter((step) => modelOf(step, manifest)?.project === project);
    parts.push(`${colors.bold(project)}\n${formatSteps(own, plan, manifest, colors)}`);
  }
  if (plan.blocked.length > 0) {
    parts.push(
      formatTable(
        [{ title: "blocked" }, { title: "why" }],
        plan.blocked.map(({ model, reason }) => [model, reason]),
        colors,
        120,
      ),
    );
  }
  const affected = findAffected(manifest, plan);
  if (affected.length > 0) {
    const rows = affected.map(({ model, owner, readers }) => [
      model,
      owner,
      readers.length === 0 ? "nobody else" : readers.map((reader) => `${reader.name} (${reader.owner})`).join(", "),
    ]);
    parts.push(
      formatTable([{ title: "public models affected" }, { title: "owner" }, { title: "read by" }], rows, colors, 120),
    );
  }
  if (plan.drift.length > 0) parts.push(formatFoundDrift(plan.drift, colors));
  parts.push(formatTotals(plan, colors));
  return parts.join("\n\n");
}

function formatSteps(steps: readonly Step[], plan: Plan, manifest: Manifest, colors: Colors): string {
  const names = Math.max(...steps.map((step) => step.models.join(", ").length));
  return steps
    .map((step) => {
      const model = modelOf(step, manifest);
      const what = step.store === undefined ? (model?.materialized ?? step.kind) : `from ${step.store}`;
      const tests = plan.steps.some(
        (other) => other.kind === "test" && other.models.some((id) => step.models.includes(id)),
      )
        ? Object.values(manifest.tests).filter((test) => test.model === model?.id).length
        : 0;
      const mark = step.conditional ? colors.dim("?") : colors.green("+");
      const notes = [
        step.reason,
        ...(step.fullRefresh ? ["from scratch"] : []),
        ...(tests > 0 ? [plural(tests, "test")] : []),
      ];
      return `  ${mark} ${step.kind.padEnd(7)} ${padEndCells(step.models.join(", "), names)}  ${what.padEnd(11)}  ${colors.dim(notes.join("; "))}`;
    })
    .join("\n");
}

function modelOf(step: Step, manifest: Manifest): Model | undefined {
  return manifest.models[step.models[0] ?? ""];
}

function formatTotals(plan: Plan, colors: Colors): string {
  const kinds = ["extract", "build", "test", "publish", "prune"] as const;
  const counts = kinds.flatMap((kind) => {
    const count = plan.steps.filter((step) => step.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  const conditional = plan.steps.filter((step) => step.conditional).length;
  const rest = [
    ...(conditional > 0 ? [`${conditional} only if what they read turns out new (marked ?)`] : []),
    ...(plan.upToDate.length > 0 ? [`${plural(plan.upToDate.length, "model")} up to date`] : []),
    ...(plan.blocked.length > 0 ? [`${plural(plan.blocked.length, "model")} blocked`] : []),
  ];
  const head = plan.steps.length === 0 ? "Nothing to do" : `${plural(plan.steps.length, "step")}: ${counts.join(", ")}`;
  return [colors.bold(head), ...rest].join("; ");
}
