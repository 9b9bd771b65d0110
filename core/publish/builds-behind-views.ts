// Owns finding the builds that views read, so that whoever shows or keeps a view also has what is behind it.
import type { Build } from "../manifest/index.ts";
import type { BuildRecord, StateStore } from "../state/index.ts";

/** Every build that view builds among `roots` read, transitively, by id. `known` saves look-ups and is filled. */
export async function buildsBehindViews(
  roots: Iterable<Build>,
  state: StateStore,
  known: Map<string, BuildRecord> = new Map(),
): Promise<ReadonlyMap<string, Build>> {
  const behind = new Map<string, Build>();
  let frontier = [...roots];
  while (frontier.length > 0) {
    const wanted = new Set<string>();
    for (const build of frontier)
      if (build.data.kind === "view")
        for (const id of Object.values(build.data.inputs)) if (!behind.has(id)) wanted.add(id);
    const missing = [...wanted].filter((id) => !known.has(id));
    if (missing.length > 0) for (const [id, record] of await state.getBuilds(missing)) known.set(id, record);
    frontier = [];
    for (const id of wanted) {
      const record = known.get(id);
      const build = record && toBuild(record);
      if (!build) continue;
      behind.set(id, build);
      frontier.push(build);
    }
  }
  return behind;
}

/** The physical part of a record; undefined while it is being built or once it is gone. */
export function toBuild(record: BuildRecord): Build | undefined {
  return record.data && { id: record.id, model: record.model, relation: record.relation, data: record.data };
}
