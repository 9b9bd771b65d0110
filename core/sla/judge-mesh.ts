// Owns judging every promise of a mesh at one instant, from facts alone: states, ages, deadlines, causes.
import type { Manifest } from "../manifest/index.ts";
import { createAsOf, TIMELESS } from "./effective-as-of.ts";
import { type CauseQuestion, causeOfAbsence, causeOfAge } from "./find-cause.ts";
import { createForecast } from "./forecast.ts";
import { type FreshnessVerdict, judgeFreshness } from "./judge-freshness.ts";
import { judgeSlots, type Slot } from "./judge-slot.ts";
import { objectiveKey } from "./objectives.ts";
import { openMsBetween } from "./open-time.ts";
import type { Cause, Judgement, Objective, ServiceFacts } from "./types.ts";

export interface MeshQuestion {
  readonly manifest: Manifest;
  readonly objectives: readonly Objective[];
  readonly facts: ServiceFacts;
  /** `objectiveKey` -> its slots, ascending. */
  readonly slots: ReadonlyMap<string, readonly Slot[]>;
  /** `objectiveKey` -> when it was promised first. */
  readonly promisedSince: ReadonlyMap<string, number>;
}

const TROUBLE = new Set(["AT_RISK", "WARN", "BREACH", "HELD", "UNKNOWN"]);

export function judgeMesh({ manifest, objectives, facts, slots, promisedSince }: MeshQuestion): readonly Judgement[] {
  const asOf = createAsOf(manifest, facts);
  const forecast = createForecast(manifest, facts);
  const newest = (models: readonly string[]): string | undefined =>
    [...models].sort((a, b) => (asOf(b) ?? -1) - (asOf(a) ?? -1) || (a < b ? -1 : 1))[0];
  const held = (model: string | undefined, since: number) => {
    const attempt = model === undefined ? undefined : facts.attempts.get(model);
    return attempt?.outcome === "held" && attempt.startedAt >= since;
  };

  const verdictOf = (objective: Objective): FreshnessVerdict => {
    const { kind, models, limitMs = 0, warnMs, calendar } = objective;
    const key = objectiveKey(objective);
    const model = newest(models);
    if (kind !== "freshness") {
      const own = slots.get(key) ?? [];
      const waiting = own.find(({ metAt }) => metAt === undefined);
      return judgeSlots({
        now: facts.now,
        slots: own,
        calendar,
        held: waiting !== undefined && held(model, waiting.since),
        forecast:
          kind === "available_by" && waiting && waiting.due > facts.now && model !== undefined
            ? forecast(model, waiting.since)
            : undefined,
      });
    }
    const shown = model === undefined ? undefined : facts.published.get(model);
    return judgeFreshness({
      now: facts.now,
      asOf: model === undefined ? undefined : asOf(model),
      limitMs,
      warnMs,
      calendar,
      held: held(model, shown?.publishedAt ?? 0),
      promisedSince: promisedSince.get(key) ?? facts.now,
      forecast: model === undefined || shown === undefined ? undefined : forecast(model, shown.publishedAt + 1),
    });
  };

  const verdicts = new Map(objectives.map((objective) => [objectiveKey(objective), verdictOf(objective)]));
  const ages = new Map<string, FreshnessVerdict[]>();
  for (const objective of objectives) {
    const verdict = verdicts.get(objectiveKey(objective));
    if (objective.kind !== "freshness" || !verdict) continue;
    for (const model of objective.models) ages.set(model, [...(ages.get(model) ?? []), verdict]);
  }
  const question: CauseQuestion = {
    manifest,
    facts,
    asOf,
    keepsPromise: (model, strictly) =>
      ages.get(model)?.every(({ state, good }) => good === true && !(strictly && TROUBLE.has(state))) ?? false,
  };

  return objectives.map((objective) => {
    const verdict = verdicts.get(objectiveKey(objective)) as FreshnessVerdict;
    const cause = causeOf(question, objective, verdict, slots.get(objectiveKey(objective)) ?? []);
    const elsewhere = cause !== undefined && isElsewhere(objective, cause);
    const model = newest(objective.models);
    const shownAsOf = model === undefined ? undefined : asOf(model);
    const publishedAt = model === undefined ? undefined : facts.published.get(model)?.publishedAt;
    const ages = shownAsOf !== undefined && shownAsOf !== TIMELESS;
    return {
      objective,
      own: verdict.state,
      state: elsewhere ? "INHERITED" : verdict.state,
      ...(verdict.good !== undefined && { good: verdict.good }),
      ...(verdict.deadline !== undefined && Number.isFinite(verdict.deadline) && { deadline: verdict.deadline }),
      ...(ages && { asOf: shownAsOf, ageMs: facts.now - shownAsOf }),
      ...(publishedAt !== undefined && { publishAgeMs: facts.now - publishedAt }),
      ...(ages && publishedAt !== undefined && { latencyMs: publishedAt - shownAsOf }),
      ...(cause && { cause }),
    } satisfies Judgement;
  });
}

function causeOf(
  question: CauseQuestion,
  objective: Objective,
  { state }: FreshnessVerdict,
  slots: readonly Slot[],
): Cause | undefined {
  if (!TROUBLE.has(state)) return undefined;
  const { now } = question.facts;
  if (objective.kind === "freshness") {
    const limit = state === "WARN" ? (objective.warnMs ?? 0) : (objective.limitMs ?? 0);
    // A test of its own that holds rows back is its own affair, whatever its inputs are like.
    if (state === "HELD") return causeOfAge(question, objective, { fits: () => true, strictly: false });
    // What will be too old by the deadline is caused by whatever is as old as it: the oldest input.
    const own = oldestOf(question, objective) ?? 0;
    return causeOfAge(question, objective, {
      fits: (asOf) => (state === "AT_RISK" ? asOf > own : openMsBetween(objective.calendar, asOf, now) <= limit),
      // Before a promise is broken whoever is at risk too is the one to look at.
      strictly: state !== "BREACH",
    });
  }
  const waiting = slots.find(({ metAt }) => metAt === undefined);
  return causeOfAbsence(question, objective, waiting?.since ?? now);
}

function oldestOf({ asOf }: CauseQuestion, { models }: Objective): number | undefined {
  return models.map((model) => asOf(model)).sort((a, b) => (b ?? 0) - (a ?? 0))[0];
}

/** A snapshot's store and a model's schedule are its project's own, and so its own affair: only another table is elsewhere. */
function isElsewhere({ models }: Objective, { kind, id, path }: Cause): boolean {
  if (kind === "model") return !models.includes(id);
  return !models.includes(path.at(-1) as string);
}
