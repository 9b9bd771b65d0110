// Owns `mesh rollback`.
import { problems } from "../../errors/index.ts";
import type { Mesh } from "../../mesh-types.ts";
import type { CommandRunner } from "../command.ts";

/** Builds looked through for the start of an id. */
const LOOK_BACK = 1_000;

export const run: CommandRunner = async ({ arguments: [model = ""], options, output, openMesh }) => {
  const mesh = await openMesh();
  const start = options.text("to");
  const to = start === undefined ? undefined : await findBuild(mesh, model, start);
  const publication = await mesh.rollback(model, to);
  output.document(publication);
  output.result(`${publication.model} now shows build ${publication.buildId}`);
  if (publication.previousBuildId !== undefined) {
    output.note(`To undo: mesh rollback ${publication.model} --to ${publication.previousBuildId}`);
  }
  return 0;
};

/** Lets people write the start of an id, as far as it is clear. */
async function findBuild(mesh: Mesh, model: string, start: string): Promise<string> {
  const builds = await mesh.builds({ model, limit: LOOK_BACK });
  const matches = builds.map(({ build }) => build.id).filter((id) => id.startsWith(start.toLowerCase()));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  throw problems.buildNotClear({ model, wanted: start, matches: matches.slice(0, 5) });
}
