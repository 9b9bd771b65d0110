// Owns a mesh of schedules without stores and workers: a manifest made by hand, a real state store, a clock that is set, and runs that end
// when the test says so.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { Manifest, Schedule } from "../../core/manifest/index.ts";
import { openState, type RunRecord, type StateLocation, type StateStore } from "../../core/state/index.ts";
import type { DutyContext, Log } from "../../scheduler/duty.ts";
import { beginDuty, reconcileDuty, tickDuty } from "../../scheduler/schedules/index.ts";
import { type ModelSketch, newSchedule, sketchManifest } from "./manifest.ts";

export const cronSchedule = (cron: string, more: Partial<Schedule> = {}): Schedule => newSchedule({ cron, ...more });

export interface ScheduledSketch {
  /** By `project.schedule`. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** By `project.model`; `schedule` is a name of its project. */
  readonly models?: Readonly<Record<string, ModelSketch & { readonly schedule?: string }>>;
}

export function scheduledManifest({ schedules, models = {} }: ScheduledSketch): Manifest {
  const manifest = sketchManifest(models);
  const names = new Set([...Object.keys(schedules), ...Object.keys(models)].map((id) => id.split(".")[0] as string));
  const projectOf = (name: string) => ({
    name,
    path: `projects/${name}`,
    owner: { team: name },
    schedules: Object.fromEntries(
      Object.entries(schedules)
        .filter(([id]) => id.startsWith(`${name}.`))
        .map(([id, schedule]) => [id.slice(name.length + 1), schedule]),
    ),
  });
  return {
    ...manifest,
    projects: Object.fromEntries([...names].map((name) => [name, projectOf(name)])),
    models: Object.fromEntries(
      Object.entries(manifest.models).map(([id, model]) => {
        const schedule = models[id]?.schedule;
        return [id, schedule === undefined ? model : { ...model, schedule }];
      }),
    ),
  };
}

const quiet = () => {};
export const NO_LOG: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export interface ScheduledMesh {
  readonly state: StateStore;
  readonly location: StateLocation;
  /** What a scheduler process of its own would be given. */
  readonly context: DutyContext;
  /** From now on this is deployed. */
  deploy(sketch: ScheduledSketch): void;
  /** The schedules' clock. */
  set(now: string | Date): void;
  reconcile(): Promise<void>;
  tick(): Promise<void>;
  begin(): Promise<void>;
  /** All three. */
  look(): Promise<void>;
  /** Lets a run that goes on come to its end. */
  finish(run: RunRecord): Promise<void>;
  /** `logical date: status`, oldest first, of a schedule's runs. */
  told(schedule: string): Promise<readonly string[]>;
  runs(schedule: string): Promise<readonly RunRecord[]>;
}

export async function withScheduledMesh<T>(
  use: (mesh: ScheduledMesh) => Promise<T>,
  location?: StateLocation,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-schedules-"));
  const place = location ?? { kind: "sqlite" as const, path: join(folder, "state.db") };
  const state = await openState(place);
  await state.migrate();
  const transport = createInProcessTransport();
  let manifest = scheduledManifest({ schedules: {} });
  let now = new Date("2026-01-01T00:00:00Z");
  const context: DutyContext = {
    state,
    transport,
    deployed: async () => ({ manifest, ids: {} }),
    scheduleTime: async () => now,
    signal: new AbortController().signal,
    log: NO_LOG,
  } as DutyContext;
  const byTick = (a: RunRecord, b: RunRecord) => +(a.logicalAt ?? a.startedAt) - +(b.logicalAt ?? b.startedAt);
  const mesh: ScheduledMesh = {
    state,
    location: place,
    context,
    deploy: (sketch) => {
      manifest = scheduledManifest(sketch);
    },
    set: (time) => {
      now = new Date(time);
    },
    reconcile: () => reconcileDuty.run(context),
    tick: () => tickDuty.run(context),
    begin: () => beginDuty.run(context),
    async look() {
      await mesh.reconcile();
      await mesh.tick();
      await mesh.begin();
    },
    async finish({ id }) {
      await state.stopRun(id, { by: "test", reason: "done", status: "skipped" });
    },
    runs: async (schedule) => [...(await state.listRuns({ schedule }))].sort(byTick),
    told: async (schedule) =>
      (await mesh.runs(schedule)).map(
        ({ logicalAt, status }) => `${logicalAt?.toISOString().slice(5, 16).replace("T", " ")} ${status}`,
      ),
  };
  try {
    return await use(mesh);
  } finally {
    await transport.close();
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}
