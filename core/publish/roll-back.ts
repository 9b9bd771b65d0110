// Owns publishing an earlier build again.
import { problems } from "../errors/index.ts";
import type { Actor, Publication, StateStore } from "../state/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import { serveProject } from "./serve-project.ts";

export interface RollBackRequest {
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly model: string;
  readonly project: string;
  /** A build id; without it the build that was published before the present one. */
  readonly to?: string | undefined;
  readonly by: Actor;
  readonly why?: string | undefined;
}

/** Throws `publish/no-such-build` when there is none that can be published. */
export async function rollBack({
  state,
  warehouse,
  model,
  project,
  to,
  by,
  why,
}: RollBackRequest): Promise<Publication> {
  const now = (await state.published([project])).get(model);
  // Newest first, by the database's clock: ids are made by clocks that may be wrong.
  const passed = await state.listBuilds({ models: [model], statuses: ["passed"] });
  const available = passed.filter((build) => build.id !== now?.buildId);
  const earlier = passed.slice(passed.findIndex((build) => build.id === now?.buildId) + 1);
  // A build may have passed and yet never been shown: held with its group, or overtaken by another run.
  const shown = new Set((await state.listPublications({ model })).map((publication) => publication.buildId));
  const candidates =
    to === undefined ? earlier.filter((build) => shown.has(build.id)) : available.filter((build) => build.id === to);
  const target = candidates[0];
  if (!target)
    throw problems.noBuildToRollBackTo({
      model,
      wanted: to,
      available: available.slice(0, 10).map((build) => build.id),
    });
  const [publication] = await state.publish([{ model, project, buildId: target.id, expected: now?.buildId ?? null }], {
    action: "rollback",
    by,
    ...(why !== undefined && { why }),
  });
  await serveProject(project, state, warehouse);
  return publication as Publication;
}
