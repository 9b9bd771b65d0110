// Owns what differs between two manifests, model by model. Whether a difference breaks anyone is not decided here.
import { stableJson } from "../util/index.ts";
import type { Manifest, Model } from "./types.ts";

const ASPECTS = [
  "access",
  "contract",
  "dependsOn",
  "description",
  "group",
  "kind",
  "location",
  "materialized",
  "meta",
  "owner",
  "schedule",
  "sla",
  "tags",
] as const;

export type ModelAspect = (typeof ASPECTS)[number] | "config" | "fingerprint" | "tests";

export type ModelChange =
  | { readonly what: ModelAspect; readonly from: unknown; readonly to: unknown }
  /** `from` and `to` are types; undefined where the column is not there, null where its type is not known. */
  | {
      readonly what: "column";
      readonly column: string;
      readonly from: string | null | undefined;
      readonly to: string | null | undefined;
    };

export interface ManifestDiff {
  /** Ids, sorted. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly model: string; readonly changes: readonly ModelChange[] }[];
}

export function diffManifests(before: Manifest, after: Manifest): ManifestDiff {
  const ids = (manifest: Manifest) => Object.keys(manifest.models).sort();
  const testsBefore = testsByModel(before);
  const testsAfter = testsByModel(after);
  const changed = ids(after).flatMap((id) => {
    const from = before.models[id];
    const to = after.models[id];
    if (!from || !to) return [];
    const changes = [
      ...diffModels(from, to),
      ...diffValues("tests", testsBefore.get(id) ?? [], testsAfter.get(id) ?? []),
    ];
    return changes.length > 0 ? [{ model: id, changes }] : [];
  });
  return {
    added: ids(after).filter((id) => !(id in before.models)),
    removed: ids(before).filter((id) => !(id in after.models)),
    changed,
  };
}

function diffModels(from: Model, to: Model): readonly ModelChange[] {
  return [
    ...diffValues("fingerprint", from.fingerprint, to.fingerprint),
    ...diffColumns(from, to),
    ...ASPECTS.flatMap((aspect) =>
      // A place is its file: lines move with every edit above.
      aspect === "location"
        ? diffValues(aspect, from.location.file, to.location.file)
        : diffValues(aspect, from[aspect], to[aspect]),
    ),
    ...diffValues("config", from.config, to.config),
  ];
}

function diffValues(what: ModelAspect, from: unknown, to: unknown): readonly ModelChange[] {
  return stableJson({ value: from }) === stableJson({ value: to }) ? [] : [{ what, from, to }];
}

function diffColumns(from: Model, to: Model): readonly ModelChange[] {
  const types = (model: Model) => new Map(model.columns.map((column) => [column.name, column.type]));
  const before = types(from);
  const after = types(to);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((column) => before.get(column) !== after.get(column))
    .map((column) => ({ what: "column", column, from: before.get(column), to: after.get(column) }));
}

function testsByModel(manifest: Manifest): ReadonlyMap<string, readonly string[]> {
  const byModel = new Map<string, string[]>();
  for (const test of Object.values(manifest.tests)) {
    const names = byModel.get(test.model) ?? [];
    names.push(test.name);
    byModel.set(test.model, names);
  }
  for (const names of byModel.values()) names.sort();
  return byModel;
}
