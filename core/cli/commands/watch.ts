// Owns `mesh watch`.
import type { CommandRunner } from "../command.ts";
import { findRun } from "../find-run.ts";
import { followRun } from "../follow-run.ts";

export const run: CommandRunner = async (input) => {
  const {
    arguments: [id = ""],
    remote,
    openMesh,
  } = input;
  const from = remote ?? (await (await openMesh()).state());
  return followRun(await findRun(id, from), from, input);
};
