// Owns deploying projects of the working folder: compiled over what is deployed of the others, judged, and recorded as a whole. When
// something else is deployed in between it is judged again.
import { type CompiledMesh, compileOver } from "../compile/index.ts";
import type { Config } from "../config/index.ts";
import { compareContracts } from "../contract/index.ts";
import { problems } from "../errors/index.ts";
import type { Shard } from "../manifest/index.ts";
import type { LoadedProjects } from "../project/index.ts";
import type { DeployedNow, NewDeployment, StateStore } from "../state/index.ts";
import { closest } from "../util/index.ts";
import { readDeployedFile } from "./collect-files.ts";
import { gitCommit } from "./git-commit.ts";
import { leaveOutUnaffected } from "./leave-out-unaffected.ts";
import { type Deployed, loadDeploymentSet, mergeAfter } from "./load-deployed.ts";
import { makeDeployment } from "./make-deployment.ts";
import { projectChanges } from "./project-changes.ts";
import type { DeployedProject, DeployOptions, DeployResult } from "./types.ts";
import { whyBroken } from "./why-broken.ts";

export interface DeployRequest extends DeployOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly loaded: LoadedProjects;
  /** The working folder as it compiles by itself. */
  readonly folder: CompiledMesh;
  readonly state: StateStore;
}

/** Others may deploy all the time; that they come in between so often in a row means that something is wrong. */
const MOST_ATTEMPTS = 50;

/** Throws `deploy/project-not-found`, `deploy/always-overtaken`. */
export async function deployProjects(request: DeployRequest): Promise<DeployResult> {
  const { state, config, loaded, projects: named } = request;
  const known = loaded.projects.map(({ name }) => name);
  for (const project of named ?? [])
    if (!known.includes(project))
      throw problems.deployedProjectNotFound({ project, near: closest(project, known), known });
  const commit = await gitCommit(config.root);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const now = await state.currentDeployments();
    const judged = await judge(request, now, commit);
    const outcomes = named && !judged.every(({ outcome }) => isFine(outcome)) ? judged.map(hold) : judged;
    const result = (projects: readonly DeployedProject[]): DeployResult => ({
      ok: projects.every(isFine),
      dryRun: request.dryRun ?? false,
      ...(commit !== undefined && { commit }),
      projects,
    });
    const fresh = outcomes.flatMap(({ made }) => made ?? []);
    const plain = outcomes.map(({ outcome }) => outcome);
    if (request.dryRun || fresh.length === 0) return result(plain);
    if (await record(request, fresh, plain, now)) return result(plain);
  }
  throw problems.deployOvertaken({ attempts: MOST_ATTEMPTS });
}

interface Judged {
  readonly outcome: DeployedProject;
  /** To be recorded. */
  readonly made?: NewDeployment;
}

function isFine({ status }: DeployedProject): boolean {
  return status === "deployed" || status === "unchanged";
}

function hold({ outcome, made }: Judged): Judged {
  if (!made) return { outcome };
  const { deployment: _, ...rest } = outcome;
  return { outcome: { ...rest, status: "held" } };
}

async function record(
  { state, config, by, allowBreaking }: DeployRequest,
  fresh: readonly NewDeployment[],
  outcomes: readonly DeployedProject[],
  now: DeployedNow,
): Promise<boolean> {
  const broken = Object.fromEntries(
    outcomes.flatMap(({ project, contract }) => {
      const sentences = contract.filter(isRefused).map(({ what }) => what);
      return sentences.length > 0 ? [[project, sentences]] : [];
    }),
  );
  const change = { by, broken, after: now.sequence, ...(allowBreaking && { why: allowBreaking.why }) };
  const content = async ({ path }: { readonly path: string }) => readDeployedFile(config.root, path);
  return (await state.recordDeployments(fresh, change, content)) !== undefined;
}

function isRefused({ level, consumers }: DeployedProject["contract"][number]): boolean {
  return level === "breaking" && consumers.length > 0;
}

/** One outcome for each project that was asked for, sorted. What one may not do is taken back before the others are judged again. */
async function judge(request: DeployRequest, now: DeployedNow, commit: string | undefined): Promise<readonly Judged[]> {
  const { loaded, state, projects: named } = request;
  const deployed = await loadDeploymentSet(state, [...now.ids.values()]);
  const wanted = new Set(named ?? loaded.projects.map(({ name }) => name));
  const out = new Map<string, Judged>();
  for (;;) {
    const open = new Set([...wanted].filter((name) => !out.has(name)));
    const failed =
      open.size === 0 ? new Map<string, Judged>() : await judgeTogether({ ...request, commit }, open, deployed, out);
    if (failed.size === 0) break;
    for (const [name, outcome] of failed) out.set(name, outcome);
  }
  return [...out.values()].sort((a, b) => (a.outcome.project < b.outcome.project ? -1 : 1));
}

/** Judges `open` as if they were deployed at once. Gives those that may not be; when there are none, all are added to `out`. */
async function judgeTogether(
  request: DeployRequest & { readonly commit: string | undefined },
  open: ReadonlySet<string>,
  deployed: Deployed,
  out: Map<string, Judged>,
): Promise<ReadonlyMap<string, Judged>> {
  const { loaded, config, env } = request;
  const projects = loaded.projects.filter(({ name }) => open.has(name));
  const others = [...deployed.shards.values()].filter(({ project }) => !open.has(project.name));
  const compiled = await compileOver({ config, projects, macros: loaded.macros, env }, others);
  const failed = new Map<string, Judged>();
  const shards = new Map(compiled.shards.map((shard) => [shard.project.name, shard]));
  const sound = compiled.shards.filter(({ project }) => !compiled.broken.has(project.name));
  for (const name of open) {
    const shard = shards.get(name);
    if (shard && !compiled.broken.has(name)) continue;
    failed.set(name, { outcome: whyBroken(name, shard, request.folder, mergeAfter(deployed, sound)) });
  }
  if (failed.size > 0) return failed;

  const made = new Map<string, NewDeployment>();
  for (const project of projects) {
    const shard = shards.get(project.name) as Shard;
    const attempt = await makeDeployment(request, project, shard);
    if ("diagnostic" in attempt) failed.set(project.name, { outcome: broken(project.name, attempt.diagnostic) });
    else if (attempt.contentHash !== deployed.deployments.get(project.name)?.contentHash)
      made.set(project.name, attempt);
  }
  if (failed.size > 0) return failed;

  const after = mergeAfter(
    deployed,
    [...made.keys()].map((name) => shards.get(name) as Shard),
  );
  const compared = compareContracts({ before: deployed.manifest, after, projects: [...made.keys()], compiled: open });
  const changes = await leaveOutUnaffected(compared, { state: request.state, deployed, after });
  for (const name of open) {
    const contract = changes.filter(({ model }) => model.startsWith(`${name}.`));
    const previous = deployed.deployments.get(name);
    const base = { project: name, contract, missing: [], diagnostics: [], ...(previous && { previous: previous.id }) };
    const fresh = made.get(name);
    if (!fresh) {
      const { previous: _, ...same } = base;
      out.set(name, { outcome: { ...same, status: "unchanged", ...(previous && { deployment: previous.id }) } });
      continue;
    }
    const before = previous && { shard: deployed.shards.get(name) as Shard, files: previous.files };
    const own = { ...base, changes: projectChanges(before, { shard: shards.get(name) as Shard, files: fresh.files }) };
    if (!request.allowBreaking && contract.some(isRefused))
      failed.set(name, { outcome: { ...own, status: "refused" } });
    else {
      const deployment = request.dryRun ? {} : { deployment: fresh.id };
      out.set(name, { outcome: { ...own, status: "deployed", ...deployment }, made: fresh });
    }
  }
  // Those that stay were judged with what is taken back: they are judged again without it.
  if (failed.size > 0) for (const name of open) out.delete(name);
  return failed;
}

function broken(project: string, diagnostic: DeployedProject["diagnostics"][number]): DeployedProject {
  return { project, status: "broken", contract: [], missing: [], diagnostics: [diagnostic] };
}
