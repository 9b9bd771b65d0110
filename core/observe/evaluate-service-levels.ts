// Owns one look at every promise: what it is judged by, what changed since the last look, recorded in one transaction.
import type { AlertsConfig } from "../config/index.ts";
import type { Manifest } from "../manifest/index.ts";
import { type Judgement, judgeMesh, objectiveKey, objectivesOf, type ServiceFacts } from "../sla/index.ts";
import type { LevelChangeRecord, LevelMemory, LevelRecord, StateStore } from "../state/index.ts";
import { createId } from "../util/index.ts";
import { advanceSlots } from "./advance-slots.ts";
import { decideIncidents, REOPEN_MS } from "./decide-incidents.ts";
import { gatherFacts } from "./gather-facts.ts";
import { judgeLateSchedules } from "./late-schedules.ts";

export interface Evaluation {
  readonly judgements: readonly Judgement[];
  /** False: somebody else recorded in between, and will see to it. */
  readonly recorded: boolean;
  readonly opened: number;
  readonly resolved: number;
}

/** Safe in any number of processes at once: each change is recorded, and told, once. */
export async function evaluateServiceLevels(
  state: StateStore,
  manifest: Manifest,
  now: Date,
  config: AlertsConfig,
): Promise<Evaluation> {
  const memory = await state.readServiceLevels(new Date(now.getTime() - REOPEN_MS));
  // Somebody whose clock is ahead has judged a later instant.
  if (memory.evaluatedAt && memory.evaluatedAt >= now)
    return { judgements: [], recorded: false, opened: 0, resolved: 0 };
  const facts = await gatherFacts(state, manifest, { now, since: oldestOpen(memory, now) });
  const { judgements, slots } = await judge(manifest, facts, memory);
  const { levels, changes, forgotten } = changesOf(judgements, memory, facts);
  const waiting = judgeLateSchedules(
    manifest,
    await state.listDecisions(),
    memory.incidents.filter(({ status }) => status !== "resolved"),
  );
  const decision = decideIncidents({
    manifest,
    config,
    memory,
    judgements: [...judgements, ...waiting],
    now,
    newId: createId,
  });
  const recorded = await state.recordServiceLevels(memory.version, {
    at: now,
    levels,
    changes,
    slots,
    forgotten,
    ...decision,
  });
  const count = (kind: string) => decision.alerts.filter((alert) => alert.kind === kind).length;
  return { judgements, recorded, opened: count("opened") + count("reopened"), resolved: count("recovered") };
}

/** The same judgements without recording anything. */
export async function judgeServiceLevels(
  state: StateStore,
  manifest: Manifest,
  now: Date,
): Promise<readonly Judgement[]> {
  const memory = await state.readServiceLevels(new Date(now.getTime() - REOPEN_MS));
  const facts = await gatherFacts(state, manifest, { now, since: oldestOpen(memory, now) });
  return (await judge(manifest, facts, memory)).judgements;
}

async function judge(manifest: Manifest, facts: ServiceFacts, memory: LevelMemory) {
  const objectives = objectivesOf(manifest);
  const advanced = await advanceSlots(objectives, { manifest, memory, facts });
  const judgements = judgeMesh({
    manifest,
    objectives,
    facts,
    slots: new Map(
      [...advanced.slots].map(([key, list]) => [
        key,
        list.map(({ dueAt, sinceAt, metAt }) => ({
          due: dueAt.getTime(),
          since: sinceAt.getTime(),
          ...(metAt && { metAt: metAt.getTime() }),
        })),
      ]),
    ),
    promisedSince: new Map(memory.levels.map((level) => [keyOf(level), level.promisedSince.getTime()])),
  });
  return { judgements, slots: advanced.changed };
}

function keyOf({ subject, kind }: { readonly subject: string; readonly kind: string }): string {
  return `${subject} ${kind}`;
}

function oldestOpen({ slots, evaluatedAt }: LevelMemory, now: Date): Date {
  const open = slots.filter(({ metAt }) => metAt === undefined).map(({ sinceAt }) => sinceAt.getTime());
  return new Date(Math.min(now.getTime() - 86_400_000, evaluatedAt?.getTime() ?? now.getTime(), ...open));
}

function changesOf(judgements: readonly Judgement[], memory: LevelMemory, facts: ServiceFacts) {
  const levels: LevelRecord[] = [];
  const changes: LevelChangeRecord[] = [];
  const before = new Map(memory.levels.map((level) => [keyOf(level), level]));
  const kept = new Set<string>();
  for (const judgement of judgements) {
    const { objective, state, good, deadline } = judgement;
    const { subject, kind } = objective;
    const key = objectiveKey(objective);
    kept.add(key);
    const last = before.get(key);
    const made = transitions(judgement, last, facts, memory.evaluatedAt?.getTime() ?? facts.now);
    changes.push(...made.map((change) => ({ subject, kind, ...change })));
    const since = made.at(-1)?.at ?? last?.since ?? new Date(facts.now);
    const due = deadline === undefined ? undefined : new Date(deadline);
    if (made.length > 0 || last?.deadline?.getTime() !== due?.getTime())
      levels.push({
        subject,
        kind,
        state,
        ...(good !== undefined && { good }),
        since,
        promisedSince: last?.promisedSince ?? new Date(facts.now),
        ...(due && { deadline: due }),
      });
  }
  const gone = memory.levels.filter((level) => !kept.has(keyOf(level)));
  // From here on nothing can be said of what is promised no more.
  changes.push(...gone.map(({ subject, kind }) => ({ subject, kind, at: new Date(facts.now), state: "UNKNOWN" })));
  return { levels, changes, forgotten: gone.map(({ subject, kind }) => ({ subject, kind })) };
}

/** How it came to stand so, at the instants at which it happened and not at those at which somebody looked. */
function transitions(
  { objective, state, good, deadline }: Judgement,
  last: LevelRecord | undefined,
  facts: ServiceFacts,
  evaluatedAt: number,
): readonly Omit<LevelChangeRecord, "subject" | "kind">[] {
  const change = (at: number, name: string, kept: boolean | undefined) => ({
    at: new Date(Math.max(at, last?.since.getTime() ?? at)),
    state: name,
    ...(kept !== undefined && { good: kept }),
  });
  const ages = objective.kind === "freshness";
  const arrived = objective.models
    .flatMap((model) => facts.arrivals.get(model) ?? [])
    .filter((at) => at > evaluatedAt && at <= facts.now)
    .sort((a, b) => a - b)[0];
  const missedAt = last?.deadline?.getTime();
  if (
    ages &&
    last?.good === true &&
    good === true &&
    missedAt !== undefined &&
    arrived !== undefined &&
    missedAt < arrived
  )
    // It was broken and kept again between two looks.
    return [change(missedAt, "BREACH", false), change(arrived, state, true)];
  if (last && last.state === state && last.good === good) return [];
  if (ages && last?.good === true && good === false)
    return [change(Math.min(deadline ?? facts.now, facts.now), state, good)];
  if (ages && last?.good === false && good === true) return [change(arrived ?? facts.now, state, good)];
  return [change(facts.now, state, good)];
}
