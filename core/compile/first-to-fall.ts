// Owns which of several broken projects are replaced first: what is wrong with a project may be the fault of one it reads.
import type { Shard } from "../manifest/index.ts";

type Reads = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Those that read no other broken one; of those that read each other, all. The rest are looked at again over the stand-ins:
 * a project that is sound when its upstream is as it last was must not be held back.
 */
export function firstToFall(standIns: readonly Shard[], reads: Reads): readonly Shard[] {
  if (standIns.length < 2) return standIns;
  const all = new Map([...reads].map(([project, read]) => [project, new Set(read)]));
  // What a project cannot resolve now it did read when it compiled.
  for (const { project, models, tests } of standIns) {
    const known = all.get(project.name) ?? new Set();
    all.set(project.name, known);
    for (const id of [...models.flatMap((model) => model.dependsOn.models), ...tests.flatMap((test) => test.dependsOn)])
      known.add(id.slice(0, id.indexOf(".")));
  }
  const behind = new Map(standIns.map(({ project }) => [project.name, upstreamOf(project.name, all)]));
  return standIns.filter(({ project: { name } }) =>
    [...behind].every(([other, theirs]) => other === name || !behind.get(name)?.has(other) || theirs.has(name)),
  );
}

function upstreamOf(project: string, reads: Reads): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [project];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const read of reads.get(at) ?? []) {
      if (found.has(read)) continue;
      found.add(read);
      open.push(read);
    }
  }
  return found;
}
