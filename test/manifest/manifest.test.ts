// Tests merging shards, the manifest's text and the difference between two manifests.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../core/errors/index.ts";
import {
  diffManifests,
  type Manifest,
  type Model,
  manifestToJson,
  mergeShards,
  type Shard,
} from "../../core/manifest/index.ts";
import { sketchManifest } from "../support/manifest.ts";

const whole = sketchManifest({
  "a.orders": { kind: "snapshot", source: "a.db.orders" },
  "a.daily": { reads: ["a.orders"], testReads: [] },
  "b.revenue": { reads: ["a.daily"], testReads: ["a.daily"] },
  "c.costs": {},
});

const problem = (project: string, line: number): Diagnostic => ({
  level: "error",
  code: "x/y",
  message: `m${line}`,
  help: "h",
  project,
  location: { file: "f", line },
});

const shards: readonly Shard[] = ["a", "b", "c"].map((name) => ({
  project: { name, path: `projects/${name}`, owner: { team: name }, schedules: {} },
  stores: Object.values(whole.stores).filter(({ project }) => project === name),
  sources: Object.values(whole.sources).filter(({ project }) => project === name),
  models: Object.values(whole.models).filter(({ project }) => project === name),
  tests: Object.values(whole.tests).filter(({ project }) => project === name),
  reports: [],
  diagnostics: [problem(name, 10), problem(name, 9)],
  ...(name === "c" && { stale: true }),
}));

const merge = (of: readonly Shard[]) => mergeShards(of, { mesh: "m", target: "dev" });

describe("mergeShards", () => {
  it("gives the same bytes for the shards and their entries in any order", () => {
    const expected = manifestToJson(merge(shards));
    const anyOrder = fc
      .shuffledSubarray([...shards], { minLength: shards.length })
      .chain((list) =>
        fc.tuple(
          ...list.map((shard) =>
            fc
              .tuple(
                fc.shuffledSubarray([...shard.models], { minLength: shard.models.length }),
                fc.shuffledSubarray([...shard.diagnostics], { minLength: shard.diagnostics.length }),
              )
              .map(([models, diagnostics]): Shard => ({ ...shard, models, diagnostics })),
          ),
        ),
      );
    fc.assert(fc.property(anyOrder, (list) => manifestToJson(merge(list)) === expected));
  });

  it("keys everything by id, sorted, and keeps that a shard is stale", () => {
    const manifest = merge(shards);
    expect(Object.keys(manifest.models)).toEqual(["a.daily", "a.orders", "b.revenue", "c.costs"]);
    expect(manifest.projects.c?.stale).toBe(true);
    expect(manifest.projects.a).not.toHaveProperty("stale");
    expect(manifest.diagnostics.map(({ message }) => message)).toEqual(["m9", "m10", "m9", "m10", "m9", "m10"]);
  });
});

describe("manifestToJson", () => {
  it("comes back as it went", () => {
    const manifest = merge(shards);
    expect(JSON.parse(manifestToJson(manifest))).toEqual(manifest);
  });

  it("does not depend on the order of keys", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, child]) => [key, reversed(child)]),
      );
    };
    const manifest = merge(shards);
    expect(manifestToJson(reversed(manifest) as Manifest)).toBe(manifestToJson(manifest));
  });

  it("has a line for each model", () => {
    const lines = manifestToJson(merge(shards)).split("\n");
    expect(lines.filter((line) => line.startsWith('"b.revenue": {'))).toHaveLength(1);
  });
});

describe("diffManifests", () => {
  const change = (fields: Partial<Model>): Manifest => ({
    ...whole,
    models: { ...whole.models, "a.daily": { ...(whole.models["a.daily"] as Model), ...fields } },
  });
  const daily = (fields: Partial<Model>) => diffManifests(whole, change(fields)).changed;

  it("finds nothing between a manifest and itself, or one compiled from moved lines", () => {
    expect(diffManifests(whole, whole)).toEqual({ added: [], removed: [], changed: [] });
    const file = whole.models["a.daily"]?.location.file as string;
    expect(daily({ location: { file, line: 99 } })).toEqual([]);
  });

  it("names models that came and went", () => {
    const other = sketchManifest({ "a.orders": { kind: "snapshot", source: "a.db.orders" }, "z.new": {} });
    expect(diffManifests(whole, other)).toMatchObject({
      added: ["z.new"],
      removed: ["a.daily", "b.revenue", "c.costs"],
    });
  });

  it.each<[string, Partial<Model>, readonly object[]]>([
    ["the rows' definition", { fingerprint: "f2" }, [{ what: "fingerprint", from: "f1", to: "f2" }]],
    ["access", { access: "private" }, [{ what: "access", from: "public", to: "private" }]],
    ["owner", { owner: { team: "z" } }, [{ what: "owner", from: { team: "a" }, to: { team: "z" } }]],
    [
      "contract",
      { contract: { enforced: true } },
      [{ what: "contract", from: { enforced: false }, to: { enforced: true } }],
    ],
    ["description", { description: "d" }, [{ what: "description", from: undefined, to: "d" }]],
    [
      "columns",
      { columns: [{ name: "x", type: "DATE" }] },
      [{ what: "column", column: "x", from: undefined, to: "DATE" }],
    ],
    ["config", { config: { full_refresh: false } }, [{ what: "config", from: {}, to: { full_refresh: false } }]],
    [
      "file",
      { location: { file: "other.sql" } },
      [{ what: "location", from: "projects/a/models/daily.sql", to: "other.sql" }],
    ],
  ])("names a change of %s", (_name, fields, changes) => {
    expect(daily(fields)).toEqual([{ model: "a.daily", changes }]);
  });

  it("names a test that came", () => {
    const { tests } = whole;
    expect(diffManifests({ ...whole, tests: {} }, { ...whole, tests }).changed).toEqual([
      { model: "a.daily", changes: [{ what: "tests", from: [], to: ["check_daily"] }] },
      { model: "b.revenue", changes: [{ what: "tests", from: [], to: ["check_revenue"] }] },
    ]);
  });
});
