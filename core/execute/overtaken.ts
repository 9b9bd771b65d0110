// Owns what a task does that finds its model published by another run since its own began: rows made from older inputs never replace newer ones.
import { problems } from "../errors/index.ts";
import type { Model } from "../manifest/index.ts";
import type { PinnedInput } from "../state/index.ts";
import type { BuildBook } from "./build-book.ts";
import type { RunContext } from "./run-context.ts";

/** Throws `publish/superseded` when somebody decided since the run began what readers see. */
export function refuseAfterRollback(model: string, builds: BuildBook): void {
  const publication = builds.overtaking(model);
  if (publication?.action !== "rollback") return;
  const expected = publication.previousBuildId ?? null;
  throw problems.superseded({ conflicts: [{ model, expected, published: publication.buildId }] });
}

/**
 * Why there is nothing left to do; undefined when the task goes on, on top of what is published now. Throws `publish/superseded` after a
 * rollback.
 */
export async function overtakenBy(
  model: Model,
  used: ReadonlyMap<string, PinnedInput>,
  fullRefresh: boolean,
  { builds, state, runId }: RunContext,
): Promise<string | undefined> {
  refuseAfterRollback(model.id, builds);
  const publication = builds.overtaking(model.id);
  const theirs = builds.published(model.id);
  if (!publication || !theirs || publication.runId === runId) return undefined;
  const ids = [...used, ...Object.entries(theirs.inputs)].map(([, { buildId }]) => buildId);
  const made = await state.getBuilds([...new Set(ids)]);
  const age = (input: PinnedInput | undefined) => made.get(input?.buildId ?? "")?.createdAt.getTime() ?? 0;
  const older = [...used].filter(([id, input]) => age(input) < age(theirs.inputs[id]));
  const newer = [...used].filter(([id, input]) => age(input) > age(theirs.inputs[id]));
  // Without inputs the rows come from outside the mesh, and are newer now.
  const otherwise = fullRefresh || used.size === 0 || theirs.fingerprint !== model.fingerprint;
  if (older.length === 0 && (newer.length > 0 || otherwise)) return undefined;
  return `run ${publication.runId ?? "unknown"} published it meanwhile, from ${older.length > 0 ? "newer" : "the same"} inputs`;
}
