// Owns putting an earlier deployment of a project in force again, and taking a project out of force.
import { compareContracts, findMissingUpstreams } from "../contract/index.ts";
import { problems } from "../errors/index.ts";
import { findScheduleCycles } from "../graph/index.ts";
import type { Manifest, Shard } from "../manifest/index.ts";
import type { DeploymentRecord, StateStore } from "../state/index.ts";
import { leaveOutUnaffected } from "./leave-out-unaffected.ts";
import { loadDeploymentSet, mergeAfter } from "./load-deployed.ts";
import { projectChanges } from "./project-changes.ts";
import type { SwitchedDeployment, SwitchOptions } from "./types.ts";

const MOST_ATTEMPTS = 50;

/** To `to` (the start of its id is enough), or to the one in force before. Throws `deploy/not-found`, `deploy/breaks-consumers`. */
export function rollBackDeployment(
  state: StateStore,
  project: string,
  options: SwitchOptions & { readonly to?: string },
): Promise<SwitchedDeployment> {
  return switchTo(state, project, options, async (current) => findTarget(state, project, options.to, current));
}

/** Nothing of the project is deployed any more. What is published of it stays. */
export function retireProject(state: StateStore, project: string, options: SwitchOptions): Promise<SwitchedDeployment> {
  return switchTo(state, project, options, async (current) => {
    if (current === undefined) throw problems.notDeployed({ project });
    return null;
  });
}

async function switchTo(
  state: StateStore,
  project: string,
  { by, why, allowBreaking = false }: SwitchOptions,
  choose: (current: string | undefined) => Promise<string | null>,
): Promise<SwitchedDeployment> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const now = await state.currentDeployments();
    const to = await choose(now.ids.get(project));
    const deployed = await loadDeploymentSet(state, [...now.ids.values()]);
    const target = to === null ? undefined : await loadDeploymentSet(state, [to]);
    const shard = target?.shards.get(project);
    const after = mergeAfter(deployed, shard ? [shard] : [], project);
    const changes = compareContracts({ before: deployed.manifest, after, projects: [project] });
    const contract = await leaveOutUnaffected(changes, { state, deployed, after });
    const missing = shard ? findMissingUpstreams(shard, after, after) : [];
    const broken = contract.filter(({ level, consumers }) => level === "breaking" && consumers.length > 0);
    if (!allowBreaking && (broken.length > 0 || missing.length > 0))
      throw problems.switchBreaks({
        project,
        broken: broken.map(({ what, consumers }) => ({ what, consumers: [...new Set(consumers.map(named))] })),
        missing: missing.map(({ model, why, owner }) => ({ model, why, owner })),
      });
    refuseCircle(project, after);
    const event = await state.switchDeployment(project, to, {
      by,
      why,
      broken: {
        [project]: [...broken.map(({ what }) => what), ...missing.map(({ model, why }) => `${model}: ${why}`)],
      },
      after: now.sequence,
    });
    const side = (shards: ReadonlyMap<string, Shard> | undefined, record: DeploymentRecord | undefined) => {
      const found = shards?.get(project);
      return found && record && { shard: found, files: record.files };
    };
    if (event)
      return {
        event,
        contract,
        missing,
        changes: projectChanges(
          side(deployed.shards, deployed.deployments.get(project)),
          side(target?.shards, target?.deployments.get(project)),
        ),
      };
  }
  throw problems.deployOvertaken({ attempts: MOST_ATTEMPTS });
}

/** Nobody can want schedules that never begin, or never end: there is no allowing it. */
function refuseCircle(project: string, after: Manifest): void {
  const upstreams = Object.values(after.projects).flatMap(({ name, schedules }) =>
    Object.entries(schedules).map(([own, { upstream }]) => [`${name}.${own}`, upstream] as const),
  );
  for (const waits of findScheduleCycles(new Map(upstreams), (id) => after.models[id]))
    if (waits.some(({ schedule }) => schedule.startsWith(`${project}.`)))
      throw problems.scheduleCycle({
        legs: waits.map(({ schedule, model, by }) => `${schedule} waits for ${model} of ${by} (as it is deployed)`),
      });
}

function named({ id, project, owner }: { readonly id: string; readonly project: string; readonly owner: string }) {
  return `${id} (${project}, ${owner})`;
}

/** Ids shown where one is not found. */
const SHOWN = 5;

async function findTarget(
  state: StateStore,
  project: string,
  wanted: string | undefined,
  current: string | undefined,
): Promise<string> {
  const kept = (await state.listDeployments({ project })).map(({ id }) => id);
  const others = kept.filter((id) => id !== current);
  const known = others.slice(0, SHOWN);
  if (wanted !== undefined) {
    const matches = kept.filter((id) => id.startsWith(wanted.toLowerCase()));
    const [match] = matches;
    if (match === undefined || matches.length > 1) throw problems.deploymentNotFound({ project, wanted, known });
    if (match === current) throw problems.alreadyInForce({ project, deployment: match });
    return match;
  }
  // The newest event put in force what is in force, or retired the project.
  const before = (await state.listDeploymentEvents({ project, limit: 1 }))[0]?.previous;
  if (before === undefined || !kept.includes(before))
    throw problems.deploymentNotFound({ project, wanted: "before the one in force", known });
  return before;
}
