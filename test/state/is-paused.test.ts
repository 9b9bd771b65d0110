// What a pause holds back, and until when.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describePause,
  isPaused,
  type PauseRecord,
  type PauseSubject,
  pausedSubjects,
  pausesOn,
} from "../../core/state/index.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 10, minutes));
const pause = (kind: PauseRecord["kind"], name: string, more: Partial<PauseRecord> = {}): PauseRecord => ({
  id: `${kind}-${name}`,
  kind,
  name,
  by: "ana",
  since: at(0),
  ...more,
});
const on = (kind: PauseSubject["kind"], name = ""): PauseSubject => ({ kind, name });

test.each<[PauseRecord, PauseSubject, boolean]>([
  [pause("system", ""), on("system"), true],
  [pause("system", ""), on("project", "a"), true],
  [pause("system", ""), on("schedule", "a.b"), true],
  [pause("system", ""), on("model", "a.b"), false],
  [pause("system", ""), on("pool", "warehouse"), false],
  [pause("project", "a"), on("project", "a"), true],
  [pause("project", "a"), on("schedule", "a.b"), true],
  [pause("project", "a"), on("schedule", "ab.b"), false],
  [pause("project", "a"), on("project", "ab"), false],
  [pause("project", "a"), on("system"), false],
  [pause("project", "a"), on("model", "a.b"), false],
  [pause("schedule", "a.b"), on("schedule", "a.b"), true],
  [pause("schedule", "a.b"), on("schedule", "a.c"), false],
  [pause("schedule", "a.b"), on("project", "a"), false],
  [pause("model", "a.b"), on("model", "a.b"), true],
  [pause("model", "a.b"), on("schedule", "a.b"), false],
  [pause("pool", "a"), on("pool", "a"), true],
  [pause("pool", "a"), on("project", "a"), false],
])("a pause of $kind $name holds back %o: %s", (one, subject, held) => {
  expect(isPaused([one], subject, at(1))).toBe(held);
});

describe("time", () => {
  test.each<[Partial<PauseRecord>, number, boolean]>([
    [{}, -1, false],
    [{}, 0, true],
    [{ until: at(5) }, 4, true],
    [{ until: at(5) }, 5, false],
    [{ endedAt: at(3) }, 2, true],
    [{ endedAt: at(3) }, 3, false],
    [{ until: at(5), endedAt: at(3) }, 4, false],
  ])("a pause from 0 with %j is in force at minute %i: %s", (more, minute, held) => {
    expect(isPaused([pause("model", "a.b", more)], on("model", "a.b"), at(minute))).toBe(held);
  });
});

const kinds = fc.constantFrom<PauseRecord["kind"]>("system", "project", "schedule", "model", "pool");
const somePause = fc
  .record({ kind: kinds, name: fc.constantFrom("a", "b", "a.b", "b.b"), from: fc.nat(9), length: fc.option(fc.nat(9)) })
  .map(({ kind, name, from, length }) =>
    pause(kind, kind === "system" ? "" : name, {
      since: at(from),
      ...(length !== null && { until: at(from + length) }),
    }),
  );
const someSubject = fc
  .record({ kind: kinds, name: fc.constantFrom("a", "b", "a.b", "b.b") })
  .map(({ kind, name }) => on(kind, kind === "system" ? "" : name));

test("several pauses hold back what at least one of them does, whatever their order", () => {
  fc.assert(
    fc.property(fc.array(somePause), someSubject, fc.nat(20), (pauses, subject, minute) => {
      const each = pauses.some((one) => isPaused([one], subject, at(minute)));
      expect(isPaused(pauses, subject, at(minute))).toBe(each);
      expect(isPaused([...pauses].reverse(), subject, at(minute))).toBe(each);
      expect(pausesOn(pauses, subject, at(minute)).length > 0).toBe(each);
      const sets = pausedSubjects(pauses, at(minute));
      if (subject.kind === "model") expect(sets.models.has(subject.name)).toBe(each);
      if (subject.kind === "pool") expect(sets.pools.has(subject.name)).toBe(each);
    }),
  );
});

test("a pause says who, since when, why and until when", () => {
  expect(describePause(pause("model", "a.b"))).toBe("paused by ana since 2026-11-22 10:00 UTC");
  expect(describePause(pause("model", "a.b", { why: "the store moves", until: at(30) }))).toBe(
    "paused by ana since 2026-11-22 10:00 UTC (the store moves), until 2026-11-22 10:30 UTC",
  );
});
