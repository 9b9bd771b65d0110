// Owns finding a build by the start of its id, as far as that is clear.
import { problems } from "../errors/index.ts";
import type { Mesh } from "../mesh-types.ts";

/** Builds looked through for the start of an id. */
const LOOK_BACK = 1_000;

/** Throws `cli/build-not-clear`. */
export async function findBuild(mesh: Mesh, model: string, start: string): Promise<string> {
  const builds = await mesh.builds({ model, limit: LOOK_BACK });
  const matches = builds.map(({ build }) => build.id).filter((id) => id.startsWith(start.toLowerCase()));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  throw problems.buildNotClear({ model, wanted: start, matches: matches.slice(0, 5) });
}
