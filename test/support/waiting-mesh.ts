// Owns a mesh without a warehouse for tests of schedules that wait for data: upstream models that are published, a clock that is set, and
// runs that read what is newest when they begin.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { Manifest, Schedule } from "../../core/manifest/index.ts";
import { openState, type RunRecord, type StateStore } from "../../core/state/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { sketchManifest } from "./manifest.ts";
import { silentLog } from "./scheduler-log.ts";
import { passedBuild } from "./state-builds.ts";
import { newTask } from "./state-runs.ts";

export interface WaitingMesh {
  readonly state: StateStore;
  /** From now on the schedules' clock stands at this time; without one it goes with the database's. */
  setClock(now?: Date): Promise<void>;
  /** What the schedules' clock showed at an instant of the database's. */
  readClock(): Promise<(at: Date) => Date>;
  /** What a scheduler process of its own would be given; `schedules` by `project.schedule`. */
  context(schedules: () => Readonly<Record<string, Schedule>>): DutyContext;
  publish(model: string): Promise<number>;
  close(): Promise<void>;
}

export const schedule = (more: Partial<Schedule> = {}): Schedule => ({
  on: "any_new",
  timezone: "UTC",
  catchUp: { mode: "latest" },
  overlap: "buffer_one",
  upstream: [],
  settleMs: 0,
  minIntervalMs: 0,
  afterMaxWait: "run",
  ...more,
});

export async function openWaitingMesh(): Promise<WaitingMesh> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-waiting-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  await state.migrate();
  const transport = createInProcessTransport();
  const settings: { readonly from: Date; readonly now: Date | undefined }[] = [];
  return {
    state,
    async setClock(now) {
      // What happened before was before: its instant is not this one, which would be read by the new setting.
      const before = await state.now();
      let from = before;
      while (from <= before) from = await state.now();
      settings.push({ from, now });
    },
    readClock: async () => (at) => settings.filter(({ from }) => from <= at).at(-1)?.now ?? at,
    context: (schedules) => ({
      state,
      transport,
      deployed: async () => ({ manifest: manifestOf(schedules()), ids: {} }),
      scheduleTime: async () => settings.at(-1)?.now ?? (await state.now()),
      signal: new AbortController().signal,
      log: silentLog,
    }),
    async publish(model) {
      const expected = (await state.published()).get(model)?.buildId ?? null;
      const change = { model, project: model.split(".")[0] ?? "", buildId: await passedBuild(state, model), expected };
      const [made] = await state.publish([change], { action: "publish" });
      return made?.sequence ?? 0;
    },
    async close() {
      await transport.close();
      await state.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Begins the run as a planner does that has gathered its facts: it has read what was published up to `facts`. */
export async function beginRun(state: StateStore, run: RunRecord, facts: number): Promise<boolean> {
  return state.beginRun(run.id, "{}", [newTask("build:c.consumer", { models: ["c.consumer"] })], facts);
}

/** Lets the run's only task end. */
export async function endRun(state: StateStore, run: RunRecord): Promise<void> {
  const [ticket] = await state.admit({ runId: run.id }, ({ ready }) =>
    ready.map(({ runId, id, fence }) => ({ runId, task: id, fence })),
  );
  if (!ticket) return;
  const task = await state.claimTask(ticket, { worker: "w", leaseMs: 60_000 });
  if (task) await state.endTask({ runId: run.id, task: task.id, fence: task.fence }, { status: "done" });
}

function manifestOf(schedules: Readonly<Record<string, Schedule>>): Manifest {
  const manifest = sketchManifest({});
  const projects: Record<string, Manifest["projects"][string]> = {};
  for (const [id, one] of Object.entries(schedules)) {
    const [name = "", key = ""] = id.split(".");
    const before = projects[name]?.schedules ?? {};
    projects[name] = { name, path: `projects/${name}`, owner: { team: name }, schedules: { ...before, [key]: one } };
  }
  return { ...manifest, projects };
}
