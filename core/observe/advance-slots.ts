// Owns what is due when: slots are written before they are due, so that what never began is missed all the same, and met by what arrives.

import type { Manifest } from "../manifest/index.ts";
import { arrivalFor, dueTimes, lastTick, type Objective, objectiveKey, type ServiceFacts } from "../sla/index.ts";
import type { LevelMemory, SlotRecord } from "../state/index.ts";

const HOUR_MS = 3_600_000;
/** So long before it is due a slot is written down. */
const AHEAD_MS = 26 * HOUR_MS;

export interface AdvancedSlots {
  /** `objectiveKey` -> its slots, ascending by when they are due. */
  readonly slots: ReadonlyMap<string, readonly SlotRecord[]>;
  /** Those that are new or were met. */
  readonly changed: readonly SlotRecord[];
}

export async function advanceSlots(
  objectives: readonly Objective[],
  {
    manifest,
    memory,
    facts,
  }: { readonly manifest: Manifest; readonly memory: LevelMemory; readonly facts: ServiceFacts },
): Promise<AdvancedSlots> {
  const known = new Map<string, SlotRecord[]>();
  for (const slot of memory.slots) known.set(objectiveKeyOf(slot), [...(known.get(objectiveKeyOf(slot)) ?? []), slot]);
  const promised = new Map(memory.levels.map((level) => [objectiveKeyOf(level), level.promisedSince.getTime()]));
  const slots = new Map<string, readonly SlotRecord[]>();
  const changed: SlotRecord[] = [];
  for (const objective of objectives) {
    if (objective.kind === "freshness") continue;
    const key = objectiveKey(objective);
    const since = promised.get(key);
    const before = known.get(key) ?? [];
    const made =
      objective.kind === "available_by"
        ? await dueSlots(objective, {
            manifest,
            facts,
            from: since === undefined ? facts.now : memory.evaluatedAt?.getTime(),
          })
        : runSlots(objective, facts, since ?? facts.now);
    const fresh = made.filter(({ dueAt }) => !before.some((slot) => slot.dueAt.getTime() === dueAt.getTime()));
    const now = [...before, ...fresh]
      .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
      .map((slot) => meet(objective, slot, facts));
    slots.set(key, now);
    changed.push(...now.filter((slot) => !before.includes(slot)));
  }
  return { slots, changed };
}

function objectiveKeyOf({ subject, kind }: { readonly subject: string; readonly kind: string }): string {
  return `${subject} ${kind}`;
}

/** A promise for a time of day counts from the first time after it was made. */
async function dueSlots(
  { subject, kind, time = "", timezone = "UTC", calendar, schedule }: Objective,
  {
    manifest,
    facts,
    from,
  }: { readonly manifest: Manifest; readonly facts: ServiceFacts; readonly from: number | undefined },
): Promise<readonly SlotRecord[]> {
  const [project = "", name = ""] = (schedule ?? "").split(".");
  const cron = manifest.projects[project]?.schedules[name]?.cron;
  const times = dueTimes(timezone, time, calendar, from ?? facts.now, facts.now + AHEAD_MS);
  return Promise.all(
    times.map(async (due) => {
      // What counts is what its last tick before then brings; without ticks, what comes since the time of the day before.
      const tick = cron === undefined ? undefined : await lastTick({ cron, timezone }, new Date(due));
      const sinceAt = tick ?? new Date(dueTimes(timezone, time, undefined, due - 49 * HOUR_MS, due - 1).at(-1) ?? due);
      return { subject, kind, dueAt: new Date(due), sinceAt };
    }),
  );
}

/** Every run of a model is a slot of its duration. */
function runSlots(
  { subject, kind, limitMs = 0 }: Objective,
  facts: ServiceFacts,
  promisedSince: number,
): readonly SlotRecord[] {
  const attempt = facts.attempts.get(subject);
  if (!attempt || attempt.startedAt < promisedSince || attempt.outcome === "blocked") return [];
  return [{ subject, kind, dueAt: new Date(attempt.startedAt + limitMs), sinceAt: new Date(attempt.startedAt) }];
}

function meet(objective: Objective, slot: SlotRecord, facts: ServiceFacts): SlotRecord {
  if (slot.metAt !== undefined) return slot;
  const since = slot.sinceAt.getTime();
  if (objective.kind === "available_by") {
    const arrivals = facts.arrivals.get(objective.subject) ?? [];
    const metAt = arrivalFor(
      { due: slot.dueAt.getTime(), since },
      arrivals.filter((at) => at <= facts.now),
    );
    return metAt === undefined ? slot : { ...slot, metAt: new Date(metAt) };
  }
  const attempt = facts.attempts.get(objective.subject);
  if (!attempt) return slot;
  // A later run has taken its place: it ended at the latest then.
  if (attempt.startedAt > since) return { ...slot, metAt: new Date(attempt.startedAt) };
  return attempt.endedAt === undefined ? slot : { ...slot, metAt: new Date(attempt.endedAt) };
}
