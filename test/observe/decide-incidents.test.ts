// What becomes of incidents from one look to the next, from judgements made by hand: what stays, what is told, and what is kept back.
import { describe, expect, test } from "vitest";
import { decideIncidents } from "../../core/observe/decide-incidents.ts";
import type { Cause, Judgement } from "../../core/sla/index.ts";
import type { IncidentRecord, MuteRecord } from "../../core/state/index.ts";
import { promisedMesh, TO_OWNERS } from "../support/promised-mesh.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const before = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
const owner = { team: "shop", slack: "#shop" };
const RAW: Cause = { kind: "model", id: "shop.raw", project: "shop", owner, why: "w", path: ["shop.raw"] };

const judgement = (subject: string, change: Partial<Judgement> = {}): Judgement => ({
  objective: { subject, kind: "freshness", project: subject.split(".")[0] ?? "", owner, models: [subject], limitMs: 1 },
  own: "BREACH",
  state: "INHERITED",
  good: false,
  cause: RAW,
  ...change,
});
const incident = (change: Partial<IncidentRecord> = {}): IncidentRecord => ({
  id: "known",
  status: "open",
  severity: "page",
  cause: { kind: "model", id: "shop.raw", project: "shop", owner, why: "w" },
  affected: [{ subject: "sales.daily", kind: "freshness", state: "BREACH", project: "sales" }],
  openedAt: before(600),
  lastSeenAt: before(10),
  reopened: 0,
  ...change,
});
const mute = (subject: string, until: Date): MuteRecord => ({
  id: subject,
  subject,
  by: "ana",
  why: "w",
  since: before(60),
  until,
});

const decide = (
  judgements: readonly Judgement[],
  {
    incidents = [],
    mutes = [],
  }: { readonly incidents?: readonly IncidentRecord[]; readonly mutes?: readonly MuteRecord[] } = {},
) => {
  let made = 0;
  const memory = { version: "1", levels: [], slots: [], incidents, mutes };
  const newId = () => `new-${++made}`;
  return decideIncidents({ manifest: promisedMesh({}), config: TO_OWNERS, memory, judgements, now: NOW, newId });
};
const told = ({ alerts }: ReturnType<typeof decide>) => alerts.map(({ kind, severity }) => `${kind} ${severity}`);

describe("an incident that goes on", () => {
  test("and was acknowledged stays so, and is told again only when it is worse", () => {
    const acknowledged = { status: "acknowledged", acknowledgedBy: "ana" } as const;
    const same = decide([judgement("sales.daily"), judgement("board.totals")], { incidents: [incident(acknowledged)] });
    expect(same.incidents).toMatchObject([{ id: "known", ...acknowledged, affected: [{}, {}] }]);
    expect(told(same)).toEqual([]);
    const worse = decide([judgement("sales.daily")], {
      incidents: [incident({ ...acknowledged, severity: "ticket" })],
    });
    expect(worse.incidents).toMatchObject([{ ...acknowledged, severity: "page" }]);
    expect(told(worse)).toEqual(["escalated page"]);
  });

  test("stays as severe as it ever was, so that it is not told twice to be worse", () => {
    const better = decide([judgement("sales.daily", { own: "WARN" })], { incidents: [incident()] });
    expect(better.incidents).toMatchObject([{ severity: "page", affected: [{ state: "WARN" }] }]);
    expect(told(better)).toEqual([]);
  });

  test("unchanged is written once a minute", () => {
    const seen = (seconds: number) =>
      decide([judgement("sales.daily")], { incidents: [incident({ lastSeenAt: before(seconds) })] }).incidents;
    expect(seen(59)).toEqual([]);
    expect(seen(60)).toMatchObject([{ id: "known", lastSeenAt: NOW }]);
  });

  test("does not end on a day on which nothing is due, unless its promise is kept", () => {
    const closed = { own: "CLOSED", state: "CLOSED" } as const;
    const { cause: _, ...noCause } = judgement("sales.daily", closed);
    const asleep = decide([noCause], { incidents: [incident()] });
    expect([told(asleep), asleep.silenced]).toEqual([[], []]);
    const kept = decide([{ ...noCause, good: true }], { incidents: [incident()] });
    expect(kept.incidents).toMatchObject([{ status: "resolved", resolution: "recovered" }]);
    expect([told(kept), kept.silenced]).toEqual([["recovered page"], ["known"]]);
    expect(decide([noCause]).incidents).toEqual([]);
  });
});

describe("an incident of a cause that was over before", () => {
  const resolved = { status: "resolved", resolvedAt: before(60) } as const;

  test("opens again", () => {
    const again = decide([judgement("sales.daily")], {
      incidents: [incident({ ...resolved, resolution: "recovered" })],
    });
    expect(again.incidents).toMatchObject([{ id: "known", status: "open", reopened: 1 }]);
    expect(again.incidents[0]).not.toHaveProperty("resolvedAt");
    expect(again.alerts).toMatchObject([{ kind: "reopened", key: "known:reopened:1" }]);
  });

  test("opens as a new one when its promises had only moved to another cause", () => {
    const moved = decide([judgement("sales.daily")], {
      incidents: [incident({ ...resolved, resolution: "cause moved" })],
    });
    expect(moved.incidents).toMatchObject([{ id: "new-1", status: "open", reopened: 0 }]);
    expect(told(moved)).toEqual(["opened page"]);
  });
});

test("promises with one cause are one incident, those of another cause another", () => {
  const own = { ...RAW, id: "sales.daily", project: "sales", path: ["sales.daily"] };
  const { incidents } = decide([
    judgement("shop.raw"),
    judgement("sales.daily", { cause: own, own: "HELD" }),
    judgement("board.totals"),
  ]);
  expect(incidents.map(({ cause, affected }) => [cause.id, affected.map(({ subject }) => subject)])).toEqual([
    ["shop.raw", ["board.totals", "shop.raw"]],
    ["sales.daily", ["sales.daily"]],
  ]);
});

describe("what is muted", () => {
  const later = new Date(NOW.getTime() + 3_600_000);
  const latest = new Date(NOW.getTime() + 7_200_000);
  const until = (...mutes: readonly MuteRecord[]) => {
    const affected = [judgement("sales.daily"), judgement("board.totals")];
    return decide(affected, { mutes }).alerts.map(({ notBefore }) => notBefore);
  };

  test("by its cause or its cause's project is told when the last mute ends", () => {
    expect(until()).toEqual([undefined]);
    expect(until(mute("shop.raw", later))).toEqual([later]);
    expect(until(mute("shop", later), mute("shop.raw", latest))).toEqual([latest]);
    expect(until(mute("fin", later))).toEqual([undefined]);
  });

  test("by all that is affected is told when the first of these mutes ends; while one is not muted, at once", () => {
    expect(until(mute("sales.daily", later))).toEqual([undefined]);
    expect(until(mute("sales.daily", latest), mute("board", later))).toEqual([later]);
  });

  test("until now is muted no more", () => {
    expect(until(mute("shop", NOW))).toEqual([undefined]);
  });
});
