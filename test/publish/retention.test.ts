// Which builds may go.
import { describe, expect, it } from "vitest";
import { expiredBuilds } from "../../core/publish/index.ts";
import type { BuildRecord } from "../../core/state/index.ts";

const now = new Date("2026-01-10T00:00:00Z");

function build(id: string, model: string, ageDays: number, viewOf?: Record<string, string>): BuildRecord {
  return {
    id,
    model,
    relation: { schema: "a", name: model },
    runId: "r",
    status: "passed",
    fingerprint: "f",
    inputs: {},
    createdAt: new Date(now.getTime() - ageDays * 86_400_000),
    data: viewOf
      ? { kind: "view", columns: [], sql: { text: "", slots: [], map: [], file: "" }, inputs: viewOf }
      : { kind: "files", columns: [], files: [], rows: 0, bytes: 0 },
  };
}

const expired = (builds: BuildRecord[], keep: string[] = [], retention = { builds: 2, minAgeMs: 86_400_000 }) =>
  expiredBuilds({ builds, keep: new Set(keep), retention, now });

describe("retention", () => {
  it("keeps the newest builds of each model and lets older ones go", () => {
    expect(expired([build("1", "a.x", 5), build("2", "a.x", 4), build("3", "a.x", 3), build("4", "a.y", 9)])).toEqual([
      "1",
    ]);
  });

  it("goes by when builds were made, not by ids that wrong clocks have made", () => {
    expect(expired([build("9", "a.x", 5), build("2", "a.x", 4), build("3", "a.x", 3)])).toEqual(["9"]);
  });

  it("keeps a young build however many there are", () => {
    expect(expired([build("1", "a.x", 0.5), build("2", "a.x", 0.4), build("3", "a.x", 0.3)])).toEqual([]);
  });

  it("keeps a published build however old", () => {
    expect(expired([build("1", "a.x", 50), build("2", "a.x", 4), build("3", "a.x", 3)], ["1"])).toEqual([]);
  });

  it("keeps what a kept view reads, through other views", () => {
    const builds = [
      build("1", "a.x", 9),
      build("2", "a.x", 8),
      build("3", "a.x", 7),
      build("4", "a.v", 6, { "a.x": "1" }),
      build("5", "a.w", 5, { "a.v": "4" }),
    ];
    expect(expired(builds, ["5"], { builds: 1, minAgeMs: 0 })).toEqual(["2"]);
  });
});
