// Owns showing a run while it goes on, then what became of it, whichever command has planned it.
import type { Diagnostic } from "../errors/index.ts";
import type { RunEvent, RunResult } from "../execute/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Mesh, RunOptions } from "../mesh-types.ts";
import type { Plan } from "../plan/index.ts";
import { actorOf } from "./actor.ts";
import type { CommandInput, ExitCode } from "./command.ts";
import { plural } from "./output/format.ts";
import { createLiveRenderer } from "./progress/live-renderer.ts";
import { createPlainRenderer, type Renderer } from "./progress/renderer.ts";
import { formatSummary } from "./progress/summary.ts";

export interface ShownRun {
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly run: RunOptions;
  /** The ended run of which this does the rest. */
  readonly resumes?: string;
  /** About the selection; they have been shown. */
  readonly warnings: readonly Diagnostic[];
  /** Something that was meant does not compile. */
  readonly broken: boolean;
  /** Called when the run has begun. */
  readonly onBegun?: (runId: string) => void;
}

export async function runShown(input: CommandInput, mesh: Mesh, shown: ShownRun): Promise<ExitCode> {
  const { output, signal } = input;
  const { manifest, plan, warnings, broken } = shown;
  output.note(introduce(plan));

  const renderer = chooseRenderer(input);
  if (output.live) output.divert(renderer.tell);
  process.once("exit", renderer.stop);
  let result: RunResult;
  try {
    const options = {
      ...shown.run,
      by: actorOf(input.env),
      signal,
      onEvent(event: RunEvent) {
        renderer.onEvent(event);
        if (event.type === "run-started") shown.onBegun?.(event.runId);
        if (event.type !== "run-finished") output.jsonLine(event);
      },
    };
    const { resumes } = shown;
    result = await (resumes === undefined ? mesh.run({ ...options, plan }) : mesh.resume(resumes, options));
  } finally {
    output.divert(undefined);
    renderer.stop();
    process.off("exit", renderer.stop);
  }

  const exitCode = judge(result, plan, broken);
  output.jsonLine({ type: "result", ...result, upToDate: plan.upToDate, blocked: plan.blocked, warnings, exitCode });
  output.result(formatSummary({ result, plan, manifest, colors: output.colors }));
  return exitCode;
}

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
  const nowMs = () => performance.now();
  if (!output.live)
    return createPlainRenderer({ write: (line) => output.note(line), colors: output.errorColors, nowMs });
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
    nowMs,
  });
}
