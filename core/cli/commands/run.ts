// Owns `mesh run`: shows the run while it goes on, then what became of it. What a run does is the Mesh's.
import type { RunResult } from "../../execute/index.ts";
import type { Plan } from "../../plan/index.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatDiagnostics, sourceReader } from "../output/diagnostics.ts";
import { plural } from "../output/format.ts";
import { createLiveRenderer } from "../progress/live-renderer.ts";
import { createPlainRenderer, type Renderer } from "../progress/renderer.ts";
import { formatSummary } from "../progress/summary.ts";
import { takeSelection } from "../selection.ts";

export const run: CommandRunner = async (input) => {
  const { options, output, signal } = input;
  const threads = options.count("threads");
  const mesh = await input.openMesh();
  const { manifest, diagnostics } = await mesh.compile();
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error");
  if (errors.length > 0) {
    output.problem(`${formatDiagnostics(errors, sourceReader(mesh.config.root), output.errorColors)}\n`);
    if (Object.keys(manifest.models).length > 0) output.note("Projects without errors run all the same.\n");
  }
  const { selection, warnings } = await takeSelection(mesh, input);
  const wanted = { ...selection, fullRefresh: options.flag("full-refresh") };
  const plan = await mesh.plan(wanted);
  output.note(introduce(plan));

  const renderer = chooseRenderer(input);
  if (output.live) output.divert(renderer.tell);
  process.once("exit", renderer.stop);
  let result: RunResult;
  try {
    result = await mesh.run({
      ...wanted,
      plan,
      ...(threads !== undefined && { threads }),
      failFast: options.flag("fail-fast"),
      signal,
      onEvent(event) {
        renderer.onEvent(event);
        if (event.type !== "run-finished") output.jsonLine(event);
      },
    });
  } finally {
    output.divert(undefined);
    renderer.stop();
    process.off("exit", renderer.stop);
  }

  const exitCode = judge(result, plan, errors.length > 0 && selection.select === undefined);
  output.jsonLine({ type: "result", ...result, upToDate: plan.upToDate, blocked: plan.blocked, warnings, exitCode });
  output.result(formatSummary({ result, plan, manifest, colors: output.colors }));
  return exitCode;
};

function judge(result: RunResult, plan: Plan, broken: boolean): ExitCode {
  if (result.status === "cancelled") return 130;
  return result.status === "success" && plan.blocked.length === 0 && !broken ? 0 : 1;
}

function introduce(plan: Plan): string {
  const models = new Set(plan.steps.filter((step) => step.kind !== "prune").flatMap((step) => step.models)).size;
  return [
    models === 0 ? "Nothing to run" : `${plural(models, "model")} to run in ${plural(plan.steps.length, "step")}`,
    ...(plan.upToDate.length > 0 ? [`${plural(plan.upToDate.length, "model")} up to date`] : []),
    ...(plan.blocked.length > 0 ? [`${plural(plan.blocked.length, "model")} blocked`] : []),
  ].join(", ");
}

function chooseRenderer({ output }: CommandInput): Renderer {
  if (!output.live) return createPlainRenderer((line) => output.note(line), output.errorColors);
  const { stderr } = process;
  return createLiveRenderer({
    terminal: {
      write: (text) => void stderr.write(text),
      get columns() {
        return stderr.columns ?? 80;
      },
      get rows() {
        return stderr.rows ?? 24;
      },
    },
    colors: output.errorColors,
    nowMs: () => performance.now(),
  });
}
