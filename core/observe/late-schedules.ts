// Owns what is made of schedules that wait for data longer than they may, where `then: alert` says to tell their owner: judgements, from which
// incidents come as from promises. Pure.
import type { Manifest } from "../manifest/index.ts";
import type { Judgement } from "../sla/index.ts";
import type { ConditionRecord, IncidentRecord } from "../state/index.ts";

/** One for each schedule with `then: alert`. `open`: incidents that are not over. */
export function judgeLateSchedules(
  { projects }: Manifest,
  decisions: readonly ConditionRecord[],
  open: readonly IncidentRecord[],
): readonly Judgement[] {
  const decided = new Map(decisions.map((decision) => [decision.schedule, decision]));
  const told = new Set(
    open.flatMap(({ affected }) => affected.flatMap(({ subject, kind }) => (kind === "max_wait" ? [subject] : []))),
  );
  return Object.values(projects).flatMap(({ name: project, owner, schedules }) =>
    Object.entries(schedules).flatMap(([name, { on, maxWaitMs, afterMaxWait }]): readonly Judgement[] => {
      if (on === "cron" || afterMaxWait !== "alert" || maxWaitMs === undefined) return [];
      const id = `${project}.${name}`;
      const objective = { subject: id, kind: "max_wait", project, owner, models: [], limitMs: maxWaitMs } as const;
      const decision = decided.get(id);
      // With the next tick it may wait anew, and waits still: its owner is not told that all is well.
      const late = decision && (decision.late || (told.has(id) && waits(decision)));
      if (!late) return [{ objective, state: "OK", own: "OK", good: true }];
      const why = decision.why.replace(/\.$/, "");
      const cause = { kind: "schedule", id, project, owner, why, path: [id] } as const;
      return [{ objective, state: "WARN", own: "WARN", good: false, cause }];
    }),
  );
}

/** For some of its upstream models, with something to read of others or a tick to run for. */
function waits({ due, fresh, awaited, tick }: ConditionRecord): boolean {
  return !due && awaited.length > 0 && (tick !== undefined || fresh.length > 0);
}
