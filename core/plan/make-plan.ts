// Owns the decision what a run does and why. Everything it knows is handed in; the same request gives the same plan.
import { problems } from "../errors/index.ts";
import { type ColumnSchema, type DriftNote, type Manifest, type Model, storeOwner } from "../manifest/index.ts";
import type { PinnedInput } from "../state/index.ts";
import { newContentReason } from "./new-content-reason.ts";
import { isAskedAnew, snapshotObstacle, snapshotReason } from "./snapshot-reason.ts";
import type { FoundDrift, Plan, Step } from "./types.ts";

/** What is published of a model, as far as planning needs it. */
export interface PublishedFact {
  readonly buildId: string;
  readonly contentId: string;
  readonly fingerprint: string;
  /** The id of the key that made its tokens and hashes. */
  readonly protectionKey?: string | undefined;
  readonly inputs: Readonly<Record<string, PinnedInput>>;
  /** Snapshots: the build's columns, and the strategy it was made by. */
  readonly columns?: readonly ColumnSchema[];
  readonly strategy?: string;
}

export interface PlanFacts {
  /** By model id. */
  readonly published: ReadonlyMap<string, PublishedFact>;
  /** The newest publication of all: everything published up to this number is in `published`. */
  readonly sequence: number;
  /** How the last reading of a snapshot went, by model id. */
  readonly readings: ReadonlyMap<string, LastReading>;
}

export interface LastReading {
  readonly runId: string;
  /** ISO. */
  readonly at: string;
  readonly drift: readonly DriftNote[];
  /** Why nothing was read. */
  readonly problem?: string;
}

export interface PlanRequest {
  readonly manifest: Manifest;
  /** Every model id of the manifest, parents first. */
  readonly order: readonly string[];
  readonly selected: ReadonlySet<string>;
  readonly facts: PlanFacts;
  readonly fullRefresh?: boolean;
  /** Snapshots whose history is given up. */
  readonly discardHistory?: ReadonlySet<string>;
  /** Of the selected snapshots this range is read again, and nothing else. */
  readonly backfill?: NonNullable<Step["window"]>;
}

interface Decision {
  readonly reason: string;
  readonly conditional: boolean;
}

/** The steps for the selected models, in order, each with its reason. */
export function makePlan(request: PlanRequest): Plan {
  const { manifest, selected, facts } = request;
  const planned = new Map<string, Decision>();
  const blocked = new Map<string, string>();
  const upToDate: { model: string; reason: string }[] = [];
  const models: Model[] = [];

  for (const id of request.order) {
    const model = manifest.models[id];
    if (!model || !selected.has(id)) continue;
    const obstacle = findObstacle(model, planned, blocked, request) ?? snapshotObstacle(model, request);
    if (obstacle !== undefined) {
      blocked.set(id, obstacle);
      continue;
    }
    const decision = decide(model, planned, request);
    if (decision) {
      planned.set(id, decision);
      models.push(model);
    } else upToDate.push({ model: id, reason: "its definition and its inputs' rows are those of the published build" });
  }

  const testsOf = groupTests(manifest);
  return {
    steps: makeSteps(models, planned, testsOf, request),
    upToDate,
    pins: findPins(models, planned, testsOf, facts),
    blocked: [...blocked].map(([model, reason]) => ({ model, reason })),
    drift: models.flatMap((model) => findDrift(model, request)),
  };
}

function findObstacle(
  model: Model,
  planned: ReadonlyMap<string, Decision>,
  blocked: ReadonlyMap<string, string>,
  { manifest, facts }: Pick<PlanRequest, "manifest" | "facts">,
): string | undefined {
  // What stands in for it is for its readers to compile against.
  if (manifest.projects[model.project]?.stale) return "its project does not compile; `mesh compile` shows why";
  for (const input of model.dependsOn.models) {
    if (planned.has(input) || facts.published.has(input)) continue;
    if (blocked.has(input)) return `it reads ${input}, which is blocked`;
    return `it reads ${input}, which has never been published; select +${model.name} to build it too`;
  }
  return undefined;
}

/** undefined means: nothing to do. */
function decide(model: Model, planned: ReadonlyMap<string, Decision>, request: PlanRequest): Decision | undefined {
  const published = request.facts.published.get(model.id);
  const always = (reason: string): Decision => ({ reason, conditional: false });
  if (!published) return always("it was never published");
  if (model.kind === "snapshot") return always(snapshotReason(model, published, request));
  if (published.fingerprint !== model.fingerprint) return always("its definition changed");
  if (request.fullRefresh) return always("a full refresh was asked for");
  if (model.kind === "typescript" && model.dependsOn.models.length === 0)
    return always("its rows come from outside the mesh");
  const pinned = new Map<string, { contentId: string }>();
  for (const input of model.dependsOn.models) {
    const fact = request.facts.published.get(input);
    if (!planned.has(input) && fact) pinned.set(input, fact);
  }
  const stale = newContentReason(published.inputs, pinned);
  if (stale !== undefined) return always(stale);
  const moving = model.dependsOn.models.filter((input) => planned.has(input));
  if (moving.length > 0)
    return {
      reason: `if ${listNames(moving)} turn${moving.length === 1 ? "s" : ""} out to have new rows`,
      conditional: true,
    };
  return undefined;
}

function findDrift({ id, source: sourceId }: Model, { manifest, facts }: PlanRequest): readonly FoundDrift[] {
  const reading = facts.readings.get(id);
  const source = sourceId === undefined ? undefined : manifest.sources[sourceId];
  if (!reading || !source || (reading.drift.length === 0 && reading.problem === undefined)) return [];
  const { runId, at, drift: notes, problem } = reading;
  const store = `${source.project}.${source.store}`;
  const owner = storeOwner(manifest, source.project);
  return [{ model: id, store, owner, runId, at, notes, ...(problem !== undefined && { problem }) }];
}

function listNames(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 2).join(", ")} or ${names.length - 2} others`;
}

function groupTests(manifest: Manifest): ReadonlyMap<string, readonly string[]> {
  const reads = new Map<string, Set<string>>();
  for (const test of Object.values(manifest.tests)) {
    const known = reads.get(test.model) ?? new Set<string>();
    for (const id of test.dependsOn) known.add(id);
    reads.set(test.model, known);
  }
  return new Map([...reads].map(([model, ids]) => [model, [...ids].filter((id) => id !== model).sort()]));
}

/** The id of the step that publishes a model: its own, or its group's. */
function publishStepOf(model: Model): string {
  const group = model.config.publish;
  return group === undefined ? `publish:${model.id}` : `publish:${model.project}/${group}`;
}

function makeSteps(
  models: readonly Model[],
  planned: ReadonlyMap<string, Decision>,
  testsOf: ReadonlyMap<string, readonly string[]>,
  request: PlanRequest,
): readonly Step[] {
  const { manifest } = request;
  const makeStepOf = (model: Model) => `${model.kind === "snapshot" ? "extract" : "build"}:${model.id}`;
  const lastBeforePublish = (model: Model) => (testsOf.has(model.id) ? `test:${model.id}` : makeStepOf(model));
  /** What must have happened to `input` before `reader` may read this run's build of it. */
  const readableAfter = (reader: Model, inputId: string): string[] => {
    const input = manifest.models[inputId];
    if (!input || !planned.has(inputId) || inputId === reader.id) return [];
    // Inside a group nothing is published before all are tested, so members read each other's tested builds.
    return [publishStepOf(input) === publishStepOf(reader) ? lastBeforePublish(input) : publishStepOf(input)];
  };

  const groupMembers = new Map<string, Model[]>();
  for (const model of models) {
    const id = publishStepOf(model);
    groupMembers.set(id, [...(groupMembers.get(id) ?? []), model]);
  }

  const steps: Step[] = [];
  const published = new Set<string>();
  for (const model of models) {
    const decision = planned.get(model.id) as Decision;
    const source = model.source === undefined ? undefined : manifest.sources[model.source];
    steps.push({
      id: makeStepOf(model),
      kind: model.kind === "snapshot" ? "extract" : "build",
      models: [model.id],
      reason: decision.reason,
      dependsOn: unique(model.dependsOn.models.flatMap((input) => readableAfter(model, input))),
      ...(source && { store: `${source.project}.${source.store}` }),
      ...(isAskedAnew(model, request) && { fullRefresh: true }),
      ...(request.backfill && model.kind === "snapshot" && { window: request.backfill }),
      ...(decision.conditional && { conditional: true }),
    });
    const reads = testsOf.get(model.id);
    if (reads) {
      steps.push({
        id: `test:${model.id}`,
        kind: "test",
        models: [model.id],
        reason: "a build is tested before anyone can read it",
        // Built is enough for the other models a test reads: two models whose tests read each other must not wait for ever.
        dependsOn: unique([
          makeStepOf(model),
          ...reads.flatMap((id) => (planned.has(id) ? [makeStepOf(manifest.models[id] as Model)] : [])),
        ]),
      });
    }
    const publishId = publishStepOf(model);
    const members = groupMembers.get(publishId) as Model[];
    if (members.at(-1) !== model || published.has(publishId)) continue;
    published.add(publishId);
    steps.push({
      id: publishId,
      kind: "publish",
      models: members.map((member) => member.id),
      reason: members.length > 1 ? "all of the group or none" : "readers see it once its tests passed",
      dependsOn: members.map(lastBeforePublish),
    });
  }
  if (models.length > 0) {
    steps.push({
      id: "prune:builds",
      kind: "prune",
      models: models.map((model) => model.id),
      reason: "builds past retention make room",
      dependsOn: unique(models.map(publishStepOf)),
    });
  }
  return inOrder(steps);
}

/** A group's publish step may be listed after its readers; put every step after those it waits for, else keep the order. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const done = new Set<string>();
  const open = new Set<string>();
  const ordered: Step[] = [];
  for (const root of steps) {
    const stack: { step: Step; next: number }[] = [{ step: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1) as { step: Step; next: number };
      if (done.has(top.step.id)) {
        stack.pop();
        continue;
      }
      open.add(top.step.id);
      const parent = top.step.dependsOn[top.next++];
      if (parent === undefined) {
        done.add(top.step.id);
        ordered.push(top.step);
        stack.pop();
      } else if (!done.has(parent)) {
        const step = byId.get(parent);
        if (step && open.has(step.id))
          throw problems.stepsWaitForEachOther({ steps: stack.map((entry) => entry.step.id) });
        if (step) stack.push({ step, next: 0 });
      }
    }
  }
  return ordered;
}

function findPins(
  models: readonly Model[],
  planned: ReadonlyMap<string, Decision>,
  testsOf: ReadonlyMap<string, readonly string[]>,
  facts: PlanFacts,
): Readonly<Record<string, string>> {
  const pins: Record<string, string> = {};
  for (const model of models) {
    for (const input of [...model.dependsOn.models, ...(testsOf.get(model.id) ?? [])]) {
      const fact = facts.published.get(input);
      if (!planned.has(input) && fact) pins[input] = fact.buildId;
    }
  }
  return Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
