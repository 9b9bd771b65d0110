// Owns doing tasks of deployed runs in this process: what a run goes by is read from the state store and its deployments, never from the
// working folder.
import { loadDeploymentSet, materialiseFiles, rootOf } from "../../core/deploy/index.ts";
import {
  indexWork,
  type OpenRun,
  type Performer,
  performTask,
  type RunEvent,
  readWork,
  type TaskEnd,
} from "../../core/execute/index.ts";
import { createServer } from "../../core/publish/index.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { TaskRecord } from "../../core/state/index.ts";
import { createGate, systemClock } from "../../core/util/index.ts";

/** Runs whose work is kept, most recently used last. */
const KEPT_RUNS = 8;

export interface TaskPerformer {
  /** Does the task and settles it. The signal's reason is a TaskStopped. */
  perform(task: TaskRecord, signal: AbortSignal): Promise<TaskEnd>;
  /** Shows readers what is published and not shown yet, and lets go. The runtime stays open. */
  close(): Promise<void>;
}

export interface PerformerOptions {
  readonly runtime: Runtime;
  /** Steps at once. */
  readonly threads: number;
  readonly emit: (runId: string, event: RunEvent) => void;
  /** Whether what the process has not loaded yet may be gone, so that nothing that fails says anything of a task. */
  readonly replaced?: () => boolean;
}

export async function openPerformer({ runtime, threads, emit, replaced }: PerformerOptions): Promise<TaskPerformer> {
  const { config } = runtime;
  const [state, warehouse] = [await runtime.state(), await runtime.warehouse()];
  const server = createServer(state, warehouse);
  const gate = createGate(threads);
  const runs = new Map<string, Promise<OpenRun>>();

  const open = async (runId: string): Promise<OpenRun> => {
    const work = await readWork(runId, state);
    const { manifest, deployments } = await loadDeploymentSet(state, Object.values(work.deployments));
    runtime.hideStores(manifest);
    await materialiseFiles(config.root, deployments.values(), state);
    return {
      index: indexWork(work),
      manifest,
      rootOf: (project) => {
        const deployment = deployments.get(project);
        return deployment ? rootOf(config.root, deployment) : config.root;
      },
      varsOf: (project) => deployments.get(project)?.vars ?? config.vars,
      connect: (store) => runtime.connect(manifest, store),
      known: new Map(),
    };
  };
  const openOnce = (runId: string): Promise<OpenRun> => {
    const found = runs.get(runId) ?? open(runId);
    runs.delete(runId);
    runs.set(runId, found);
    found.catch(() => runs.delete(runId));
    for (const id of [...runs.keys()].slice(0, Math.max(0, runs.size - KEPT_RUNS))) runs.delete(id);
    return found;
  };

  return {
    async perform(task, signal) {
      const performer: Performer = {
        state,
        warehouse,
        server,
        keyring: () => runtime.keyring(),
        retention: config.retention,
        clock: systemClock,
        gate,
        redact: (text) => runtime.redact(text),
        emit: (event) => emit(task.runId, event),
        ...(replaced && { replaced }),
      };
      return performTask(task, await openOnce(task.runId), performer, signal);
    },
    close: () => server.settle(),
  };
}
