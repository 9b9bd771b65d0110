// Owns refusing publish groups with a model of no group in between: they could never be published at once.
import { problems } from "../../errors/index.ts";
import { ancestorsOf, descendantsOf } from "../../graph/index.ts";
import { dropDependents, dropUnguarded } from "./fail-model.ts";
import type { PassState } from "./pass-state.ts";

export function checkPublishGroups(state: PassState): void {
  const groups = new Map<string, string[]>();
  for (const { id, project, config } of state.models.values()) {
    if (config.publish === undefined) continue;
    const key = `${project}/${config.publish}`;
    groups.set(key, [...(groups.get(key) ?? []), id]);
  }
  for (const [key, members] of groups) {
    if (members.length < 2) continue;
    const inside = new Set(members);
    const below = descendantsOf(state.graph, members);
    const between = [...ancestorsOf(state.graph, members)].filter((id) => below.has(id) && !inside.has(id)).sort();
    for (const id of between) {
      const before = members.find((member) => ancestorsOf(state.graph, [id]).has(member)) ?? "";
      const after = members.find((member) => descendantsOf(state.graph, [id]).has(member)) ?? "";
      const project = key.split("/")[0] ?? "";
      const location = state.models.get(after)?.location;
      const problem = problems.publishGroupOpen(
        { group: key.slice(project.length + 1), model: id, before, after },
        { location },
      );
      state.book.add(project, problem);
      for (const member of members) dropUnguarded(state, member, location);
    }
  }
  dropDependents(state);
}
