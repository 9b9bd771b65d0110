// Owns when a model's next rows are expected: what is left to be made before it, each by the 95th percentile of its last runs.
import type { Manifest } from "../manifest/index.ts";
import type { ServiceFacts } from "./types.ts";

/** The nearest-rank 95th percentile; undefined of nothing. */
export function p95(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1];
}

/**
 * When rows that are newer than `since` would be published. undefined when nothing tells when it begins or how long it takes:
 * a forecast that is a guess would cry wolf.
 */
export function createForecast(manifest: Manifest, facts: ServiceFacts) {
  const percentiles = new Map<string, number | undefined>();
  const durationOf = (model: string) => {
    if (!percentiles.has(model)) percentiles.set(model, p95(facts.durations.get(model) ?? []));
    return percentiles.get(model);
  };
  const arrivedSince = (model: string, since: number) => (facts.arrivals.get(model) ?? []).some((at) => at >= since);

  return (subject: string, since: number): number | undefined => {
    const model = manifest.models[subject];
    const own = durationOf(subject);
    if (!model || own === undefined) return undefined;
    const schedule = model.schedule === undefined ? undefined : `${model.project}.${model.schedule}`;
    const ends = new Map<string, number>();
    /** When the model's rows are there, begun at the earliest at `start`. Only models of one schedule wait for one another. */
    const endOf = (id: string, start: number): number => {
      const known = ends.get(id);
      if (known !== undefined) return known;
      ends.set(id, start);
      const attempt = facts.attempts.get(id);
      const duration = durationOf(id) ?? 0;
      const before = (manifest.models[id]?.dependsOn.models ?? []).filter((input) => {
        const other = manifest.models[input];
        return other?.project === model.project && other.schedule === model.schedule && !arrivedSince(input, since);
      });
      const begun =
        attempt?.outcome === "running"
          ? attempt.startedAt
          : Math.max(start, ...before.map((input) => endOf(input, start)));
      const end = Math.max(facts.now, begun + duration);
      ends.set(id, end);
      return end;
    };
    const tick = schedule === undefined ? undefined : facts.ticks.get(schedule);
    const started = [subject, ...upstreamOf(manifest, subject)].some((id) => {
      const attempt = facts.attempts.get(id);
      return attempt?.outcome === "running" || (tick?.last !== undefined && (attempt?.startedAt ?? 0) >= tick.last);
    });
    if (started || (tick?.last !== undefined && !arrivedSince(subject, tick.last))) return endOf(subject, facts.now);
    return tick?.next === undefined ? undefined : endOf(subject, tick.next);
  };
}

function upstreamOf(manifest: Manifest, subject: string): ReadonlySet<string> {
  const found = new Set<string>();
  const own = manifest.models[subject];
  const visit = (id: string) => {
    for (const input of manifest.models[id]?.dependsOn.models ?? []) {
      const model = manifest.models[input];
      if (found.has(input) || model?.project !== own?.project || model?.schedule !== own?.schedule) continue;
      found.add(input);
      visit(input);
    }
  };
  visit(subject);
  return found;
}
