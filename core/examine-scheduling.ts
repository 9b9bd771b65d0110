// Owns what `mesh doctor` looks at of schedules, pools and processes: whether what is deployed can run on time. Judges what it is handed; only
// `gatherScheduling` asks the state store.
import type { Config } from "./config/index.ts";
import { type Deployed, loadDeployed } from "./deploy/index.ts";
import { workerClassOf } from "./execute/index.ts";
import type { CheckResult } from "./mesh-types.ts";
import { validateSchedule } from "./sla/index.ts";
import {
  type RunRecord,
  rehearsedTime,
  type ScheduleClock,
  type StateStore,
  type WorkerRecord,
} from "./state/index.ts";
import { closest } from "./util/index.ts";

/** A process that has said nothing for so long is taken to be gone. */
const SILENT_MS = 30_000;
/** A run that waits for longer with nobody to begin it is a finding. */
const PATIENCE_MS = 5 * 60_000;

export interface Scheduling {
  readonly pools: Config["scheduler"]["pools"];
  readonly deployed: Deployed;
  readonly processes: readonly WorkerRecord[];
  readonly waiting: readonly RunRecord[];
  readonly undelivered: number;
  /** What schedules go by, when it is not the time of day. */
  readonly rehearsed?: ScheduleClock;
  readonly now: Date;
}

export async function gatherScheduling(state: StateStore, config: Config): Promise<Scheduling> {
  const rehearsed = await state.scheduleClock();
  return {
    ...(rehearsed && { rehearsed }),
    pools: config.scheduler.pools,
    deployed: await loadDeployed(state),
    processes: await state.listWorkers(SILENT_MS),
    waiting: await state.listRuns({ status: "waiting", executor: "workers" }),
    undelivered: (await state.listDeliveries({ status: "failed" })).length,
    now: await state.now(),
  };
}

/** Nothing is said of processes where nothing was ever deployed. */
export async function examineScheduling(scheduling: Scheduling): Promise<readonly CheckResult[]> {
  const { deployed, undelivered } = scheduling;
  if (deployed.deployments.size === 0) return poolChecks(scheduling);
  return [
    {
      ok: true,
      what:
        deployed.deployments.size === 1
          ? "1 project is deployed"
          : `${deployed.deployments.size} projects are deployed`,
    },
    ...clockChecks(scheduling),
    ...(await zoneChecks(deployed)),
    ...poolChecks(scheduling),
    ...processChecks(scheduling),
    ...waitingChecks(scheduling),
    ...(undelivered === 0
      ? []
      : [
          {
            ok: false,
            what: `${undelivered === 1 ? "1 alert" : `${undelivered} alerts`} could not be delivered`,
            help: "mesh incidents <id> shows why; check `alerts` in mesh.config.ts",
          },
        ]),
  ];
}

function clockChecks({ rehearsed, now }: Scheduling): readonly CheckResult[] {
  if (!rehearsed) return [];
  const shown = rehearsedTime(rehearsed, now).toISOString();
  return [
    {
      ok: false,
      what: `schedules go by a rehearsed clock: it shows ${shown} and goes ${rehearsed.speed} times as fast`,
      help: "Real schedules need a state store that was never rehearsed on: a target of mesh.config.ts with another `state`",
    },
  ];
}

/** A zone may be known where a project was compiled and not where it runs. */
async function zoneChecks({ manifest }: Deployed): Promise<readonly CheckResult[]> {
  const found: CheckResult[] = [];
  for (const project of Object.values(manifest.projects))
    for (const [name, schedule] of Object.entries(project.schedules))
      for (const { reason, expected } of await validateSchedule(schedule))
        found.push({
          ok: false,
          what: `the schedule ${project.name}.${name} ${reason} on this machine`,
          help: `Write ${expected}, or install this machine's time zones`,
        });
  return found;
}

function poolChecks({ pools, deployed }: Scheduling): readonly CheckResult[] {
  const { manifest } = deployed;
  const models = Object.values(manifest.models);
  const used = new Set(models.flatMap(({ config }) => (config.pools as readonly string[] | undefined) ?? []));
  const known = new Set([
    "warehouse",
    ...used,
    ...Object.keys(manifest.stores).map((id) => `store:${id}`),
    ...Object.keys(manifest.projects).map((name) => `project:${name}`),
    ...models.flatMap(({ tags }) => tags.map((tag) => `tag:${tag}`)),
  ]);
  const unlimited = [...used].filter((pool) => pools[pool] === undefined).sort();
  const idle = deployed.deployments.size === 0 ? [] : Object.keys(pools).filter((pool) => !known.has(pool));
  return [
    ...unlimited.map((pool) => ({
      ok: false,
      what: `models use the pool ${pool}, which has no limit`,
      help: `Give it one in mesh.config.ts: scheduler: { pools: { ${JSON.stringify(pool)}: 2 } }`,
    })),
    ...idle.map((pool) => {
      const near = closest(pool, [...known]);
      const meant = near === undefined ? "" : ` Did you mean ${near}?`;
      return {
        ok: false,
        what: `nothing that is deployed uses the pool ${pool} of mesh.config.ts.${meant}`,
        help: "Pools are warehouse, store:<project.store>, project:<name>, tag:<tag>, and names that models give in `pools`",
      };
    }),
    ...Object.entries(pools).flatMap(([pool, limit]) =>
      limit > 0
        ? []
        : [{ ok: false, what: `the pool ${pool} has the limit 0`, help: "Its tasks wait until it has more" }],
    ),
  ];
}

function processChecks({ processes, deployed }: Scheduling): readonly CheckResult[] {
  const schedulers = processes.filter(({ kind }) => kind === "scheduler").length;
  const workers = processes.filter(({ kind }) => kind === "worker");
  const served = new Set(workers.flatMap(({ classes }) => classes));
  const models = Object.values(deployed.manifest.models);
  const wanted = new Set(models.map(workerClassOf));
  const missing = [...wanted].filter((one) => !served.has(one)).sort();
  return [
    schedulers > 0
      ? { ok: true, what: `${schedulers === 1 ? "1 scheduler runs" : `${schedulers} schedulers run`}` }
      : { ok: false, what: "no scheduler runs, so nothing that is due begins", help: "Start one: mesh scheduler" },
    missing.length === 0
      ? { ok: true, what: `${workers.length === 1 ? "1 worker runs" : `${workers.length} workers run`}` }
      : {
          ok: false,
          what: `no worker takes tasks of the class ${missing.join(", ")}`,
          help: `Start one: mesh worker --class ${missing.join(",")}`,
        },
  ];
}

function waitingChecks({ waiting, now }: Scheduling): readonly CheckResult[] {
  const stuck = waiting.filter(({ startedAt }) => now.getTime() - startedAt.getTime() > PATIENCE_MS);
  if (stuck.length === 0) return [];
  const what = `${stuck.length === 1 ? "1 run has" : `${stuck.length} runs have`} waited for more than five minutes`;
  return [
    { ok: false, what, help: `mesh runs ${stuck[0]?.id ?? ""} shows what it waits for; mesh pauses what is held back` },
  ];
}
