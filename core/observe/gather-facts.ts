// Owns reading from the state store what promises are judged by, at one instant. Judges nothing.
import type { Manifest } from "../manifest/index.ts";
import { type AttemptFact, type BuildFact, lastTick, nextTick, type ServiceFacts } from "../sla/index.ts";
import type { BuildRecord, Publication, StateStore, StepRecord } from "../state/index.ts";

const DAY_MS = 86_400_000;
/** So many runs of a model say how long it takes. */
const RUNS = 20;

/** `since`: what arrived earlier is not asked about. */
export async function gatherFacts(
  state: StateStore,
  manifest: Manifest,
  { now, since }: { readonly now: Date; readonly since?: Date },
): Promise<ServiceFacts> {
  const models = Object.keys(manifest.models);
  const published = [...(await state.published()).values()];
  const builds = await gatherBuilds(
    state,
    published.map(({ buildId }) => buildId),
  );
  const publishedAt = new Map(published.map(({ model, publishedAt: at }) => [model, at.getTime()]));
  const attempts = await gatherAttempts(state, models, publishedAt);
  return {
    now: now.getTime(),
    published: new Map(
      published.map(({ model, buildId, publishedAt: at }) => [model, { buildId, publishedAt: at.getTime() }]),
    ),
    builds,
    attempts,
    arrivals: await gatherArrivals(state, manifest, attempts, published, since ?? new Date(now.getTime() - 2 * DAY_MS)),
    durations: await gatherDurations(state, attempts),
    ticks: await gatherTicks(manifest, now),
  };
}

/** Of each model how long its last runs took, and the attempt after which that was looked up. */
type KnownDurations = Map<
  string,
  { readonly startedAt: number; readonly endedAt: number; readonly took: readonly number[] }
>;
const knownDurations = new WeakMap<StateStore, KnownDurations>();

/** Only what was attempted since the last look is looked up: a model that nobody touched takes as long as it did. */
async function gatherDurations(
  state: StateStore,
  attempts: ReadonlyMap<string, AttemptFact>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const before = knownDurations.get(state) ?? (new Map() satisfies KnownDurations);
  const known: KnownDurations = new Map();
  const changed: string[] = [];
  for (const [model, { startedAt, endedAt }] of attempts) {
    const found = before.get(model);
    if (found?.startedAt === startedAt && found.endedAt === endedAt) known.set(model, found);
    else changed.push(model);
  }
  const looked = await state.modelDurations(changed, RUNS);
  for (const model of changed) {
    const { startedAt = 0, endedAt = Number.NaN } = attempts.get(model) ?? {};
    known.set(model, { startedAt, endedAt, took: looked.get(model) ?? [] });
  }
  knownDurations.set(state, known);
  return new Map([...known].map(([model, { took }]) => [model, took]));
}

/** The published builds, and those that they pinned and that are published no more, as far down as it goes. */
async function gatherBuilds(state: StateStore, shown: readonly string[]): Promise<ReadonlyMap<string, BuildFact>> {
  const found = new Map<string, BuildFact>();
  const contents = new Set<string>();
  let wanted = [...new Set(shown)];
  while (wanted.length > 0) {
    const records = [...(await state.getBuilds(wanted)).values()];
    for (const record of records) found.set(record.id, buildFact(record));
    if (contents.size === 0) for (const { contentId } of records) if (contentId !== undefined) contents.add(contentId);
    const pins = records.flatMap(({ inputs }) => Object.values(inputs));
    wanted = [
      // A pin whose rows are what is published now is judged by what is published.
      ...new Set(
        pins.flatMap(({ buildId, contentId }) => (found.has(buildId) || contents.has(contentId) ? [] : [buildId])),
      ),
    ];
    if (records.length === 0) break;
  }
  return found;
}

function buildFact({ id, model, contentId, asOf, inputs }: BuildRecord): BuildFact {
  return {
    id,
    model,
    inputs,
    ...(contentId !== undefined && { contentId }),
    ...(asOf && { asOf: asOf.getTime() }),
  };
}

async function gatherAttempts(
  state: StateStore,
  models: readonly string[],
  publishedAt: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, AttemptFact>> {
  const [extracts, builds, tests] = [
    await state.lastSteps("extract", models),
    await state.lastSteps("build", models),
    await state.lastSteps("test", models),
  ];
  const runs = new Map<string, boolean>();
  const goesOn = async (runId: string) => {
    const known = runs.get(runId);
    if (known !== undefined) return known;
    const status = (await state.getRun(runId))?.status;
    const going = status === "running" || status === "waiting";
    runs.set(runId, going);
    return going;
  };
  const found = new Map<string, AttemptFact>();
  for (const model of models) {
    const made = newer(extracts.get(model), builds.get(model));
    if (!made) continue;
    const test = tests.get(model);
    const tested = test && test.runId === made.runId ? test : undefined;
    found.set(model, await attemptOf(made, tested, publishedAt.get(model) ?? 0, goesOn));
  }
  return found;
}

function newer(a: StepRecord | undefined, b: StepRecord | undefined): StepRecord | undefined {
  if (!a || !b) return a ?? b;
  return a.startedAt >= b.startedAt ? a : b;
}

/** No value of a row: step reasons name tests, and of an error only its code is taken. */
async function attemptOf(
  made: StepRecord,
  test: StepRecord | undefined,
  publishedAt: number,
  goesOn: (runId: string) => Promise<boolean>,
): Promise<AttemptFact> {
  const startedAt = made.startedAt.getTime();
  const end = (step: StepRecord) => (step.finishedAt ?? step.startedAt).getTime();
  const failed = (step: StepRecord): AttemptFact => ({
    startedAt,
    endedAt: end(step),
    outcome: "failed",
    why: `its last ${step.kind} ${step.status === "failed" ? "failed" : `was ${step.status}`}${step.error ? ` [${step.error.code}]` : ""}`,
    ...(step.error && { errorCode: step.error.code }),
  });
  const blocked = (step: StepRecord): AttemptFact => ({
    startedAt,
    endedAt: end(step),
    outcome: "blocked",
    why: "something it reads failed",
  });
  switch (made.status) {
    case "running":
      return (await goesOn(made.runId)) ? { startedAt, outcome: "running" } : failed({ ...made, status: "crashed" });
    case "failed":
    case "cancelled":
    case "crashed":
      return failed(made);
    case "skipped":
    case "held":
      return blocked(made);
    case "unchanged":
      // A snapshot is unchanged only where its store is no longer as declared: nothing was read.
      return made.kind === "extract"
        ? { ...failed(made), why: "its store is no longer as declared, and nothing was read [extract/drift]" }
        : { startedAt, endedAt: end(made), outcome: "done" };
    default:
      break;
  }
  if (test?.status === "failed")
    return {
      startedAt,
      endedAt: end(test),
      outcome: "held",
      why: test.error ? `its tests could not run [${test.error.code}]` : test.reason,
    };
  if (test && ["cancelled", "crashed"].includes(test.status)) return failed(test);
  if (test && ["skipped", "held"].includes(test.status)) return blocked(test);
  if (publishedAt >= startedAt) return { startedAt, endedAt: publishedAt, outcome: "done" };
  if (await goesOn(made.runId)) return { startedAt, outcome: "running" };
  return { startedAt, endedAt: end(test ?? made), outcome: "failed", why: "it was made, but not published" };
}

async function gatherArrivals(
  state: StateStore,
  manifest: Manifest,
  attempts: ReadonlyMap<string, AttemptFact>,
  published: readonly Publication[],
  since: Date,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, Set<number>>();
  const add = (model: string, at: number) => {
    const known = found.get(model);
    if (known) known.add(at);
    else found.set(model, new Set([at]));
  };
  // Whoever rolls back shows rows that had arrived before.
  for (const { model, publishedAt: at, action } of [...published, ...(await state.listPublications({ since }))])
    if (action === "publish") add(model, at.getTime());
  for (const [model, { outcome, endedAt }] of attempts)
    if (outcome === "done" && endedAt !== undefined) add(model, endedAt);
  // Where nothing new was to be made of a model, the run of its schedule has seen to it all the same.
  const bySchedule = new Map<string, string[]>();
  for (const model of Object.values(manifest.models)) {
    if (model.schedule === undefined || model.sla?.available_by === undefined) continue;
    const schedule = `${model.project}.${model.schedule}`;
    bySchedule.set(schedule, [...(bySchedule.get(schedule) ?? []), model.id]);
  }
  for (const [schedule, models] of bySchedule)
    for (const { status, finishedAt } of await state.listRuns({ schedule, limit: RUNS }))
      if (status === "success" && finishedAt && finishedAt >= since)
        for (const model of models) add(model, finishedAt.getTime());
  return new Map([...found].map(([model, times]) => [model, [...times].sort((a, b) => a - b)]));
}

async function gatherTicks(manifest: Manifest, now: Date): Promise<ServiceFacts["ticks"]> {
  const found = new Map<string, { last?: number; next?: number }>();
  for (const { name, schedules } of Object.values(manifest.projects))
    for (const [schedule, { cron, timezone }] of Object.entries(schedules)) {
      if (cron === undefined) continue;
      const [last, next] = [await lastTick({ cron, timezone }, now), await nextTick({ cron, timezone }, now)];
      found.set(`${name}.${schedule}`, {
        ...(last && { last: last.getTime() }),
        ...(next && { next: next.getTime() }),
      });
    }
  return found;
}
