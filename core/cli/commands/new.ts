// Owns `mesh new`: which files a new project, model or snapshot is, and where they go.
import type { CommandInput, CommandRunner } from "../command.ts";
import { writeNewFiles } from "../scaffolds/new-file.ts";
import { newModel } from "../scaffolds/new-model.ts";
import { newProject } from "../scaffolds/new-project.ts";
import { newSnapshot } from "../scaffolds/new-snapshot.ts";

export const run: CommandRunner = async (input) => {
  const { output } = input;
  const { root, files, next } = await makeFiles(input);
  await writeNewFiles(root, files);
  output.document({ root, files: files.map(({ path, edits }) => ({ path, edited: edits === true })) });
  output.result(files.map(({ path, edits }) => `  ${edits ? "edited " : "created"} ${path}`).join("\n"));
  output.note(`\nNext: ${next}`);
  return 0;
};

function makeFiles(input: CommandInput) {
  const [kind] = input.arguments;
  if (kind === "project") return newProject(input);
  return kind === "model" ? newModel(input) : newSnapshot(input);
}
