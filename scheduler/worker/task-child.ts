// Owns a worker's child process: performs the tasks it is given, tells its steps and makes a span of each. Claims and leases are its parent's.
import { type RunEvent, type StopKind, TaskStopped } from "../../core/execute/index.ts";
import { openRuntime } from "../../core/runtime.ts";
import type { TaskRecord } from "../../core/state/index.ts";
import { openPerformer } from "../engine/index.ts";
import { openOwnProgram } from "../program/index.ts";
import { createTracing, type OpenSpan, type Tracing } from "../tracing/index.ts";
import { serveParent } from "./serve-parent.ts";

/** What the parent says when it starts the child. */
export interface ChildStart {
  readonly cwd: string;
  readonly target?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Of the machine's memory, for DuckDB where mesh.config.ts sets no limit. */
  readonly memoryShare: number;
}

export interface ChildTask {
  readonly task: TaskRecord;
  /** The parent's span. */
  readonly carrier: Readonly<Record<string, string>>;
}

await serveParent(async ({ tellSecret }) => {
  const program = openOwnProgram();
  const start = JSON.parse(process.argv.at(-1) ?? "{}") as ChildStart;
  const runtime = await openRuntime({ ...start, env: process.env, onSecret: tellSecret });
  const tracing = await createTracing(process.env);
  // One task at a time: what is told is told of it.
  let emit: (event: RunEvent) => void = () => undefined;
  const performer = await openPerformer({
    runtime,
    threads: runtime.config.threads,
    emit: (_run, event) => emit(event),
    replaced: program.replaced,
  });
  return {
    async perform(work, signal, tell) {
      const { task, carrier } = work as ChildTask;
      const stop = new AbortController();
      signal.addEventListener("abort", () => stop.abort(new TaskStopped(signal.reason as StopKind)), { once: true });
      emit = traced(tell, carrier, tracing);
      return performer.perform(task, stop.signal);
    },
    async close() {
      await performer.close();
      await runtime.close();
    },
  };
});

function traced(tell: (event: RunEvent) => void, carrier: ChildTask["carrier"], tracing: Tracing) {
  const spans = new Map<string, OpenSpan>();
  return (event: RunEvent): void => {
    if (event.type === "step-started") {
      const { id, kind, models } = event.step;
      const attributes = { "mesh.step": id, "mesh.kind": kind, "mesh.models": [...models] };
      spans.set(id, tracing.startBelow(carrier, "mesh.step", attributes));
    }
    if (event.type === "step-finished") {
      const { step, status, rows, error } = event.result;
      const attributes = { "mesh.status": status, ...(rows !== undefined && { "mesh.rows": rows }) };
      spans.get(step.id)?.end({ failed: status === "failed", attributes, ...(error && { message: error.code }) });
      spans.delete(step.id);
    }
    // A message costs as much as a statement: nobody there asks when a step began.
    if (event.type !== "step-started") tell(event);
  };
}
