// Owns `mesh rollback`.
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { findBuild } from "../find-build.ts";

export const run: CommandRunner = async ({ arguments: [model = ""], options, output, env, openMesh }) => {
  const mesh = await openMesh();
  const start = options.text("to");
  const to = start === undefined ? undefined : await findBuild(mesh, model, start);
  const publication = await mesh.rollback(model, { to, by: actorOf(env), why: options.text("why") });
  output.document(publication);
  output.result(`${publication.model} now shows build ${publication.buildId}`);
  if (publication.previousBuildId !== undefined) {
    output.note(`To undo: mesh rollback ${publication.model} --to ${publication.previousBuildId}`);
  }
  return 0;
};
