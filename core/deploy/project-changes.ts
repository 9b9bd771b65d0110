// Owns what a deployment changes for its own project, compared with the one before. Pure.
import { diffManifests, type ModelChange, mergeShards, type Schedule, type Shard } from "../manifest/index.ts";
import type { DeploymentFile } from "../state/index.ts";
import { stableJson } from "../util/index.ts";
import type { ProjectChanges } from "./types.ts";

interface Side {
  readonly shard: Shard;
  readonly files: readonly DeploymentFile[];
}

const WORDS: Partial<Readonly<Record<ModelChange["what"], string>>> = { fingerprint: "query", column: "columns" };
const META = { mesh: "", target: "" };

/** `after` is undefined when the project is retired. */
export function projectChanges(before: Side | undefined, after: Side | undefined): ProjectChanges {
  const [was, is] = [before, after].map((side) => mergeShards(side ? [side.shard] : [], META)) as [
    ReturnType<typeof mergeShards>,
    ReturnType<typeof mergeShards>,
  ];
  const { added, removed, changed } = diffManifests(was, is);
  const hashes = new Map(before?.files.map(({ path, hash }) => [path, hash]));
  return {
    first: before === undefined,
    added,
    removed,
    changed: changed.map(({ model, changes }) => ({
      model,
      what: [...new Set(changes.map(({ what }) => WORDS[what] ?? what))],
    })),
    schedules: scheduleChanges(before?.shard.project.schedules ?? {}, after?.shard.project.schedules ?? {}),
    files: after?.files.flatMap(({ path, hash }) => (hashes.get(path) === hash ? [] : [path])) ?? [],
  };
}

type Schedules = Readonly<Record<string, Schedule>>;

function scheduleChanges(before: Schedules, after: Schedules): ProjectChanges["schedules"] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [from, to] = [before[name], after[name]];
    if (stableJson({ value: from }) === stableJson({ value: to })) return [];
    return [{ name, ...(from && { from }), ...(to && { to }) }];
  });
}
