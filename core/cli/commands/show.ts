// Owns `mesh show`.
import { problems } from "../../errors/index.ts";
import type { CommandRunner } from "../command.ts";
import { plural } from "../output/format.ts";
import { formatRows } from "../output/rows-table.ts";

const DEFAULT_LIMIT = 10;

export const run: CommandRunner = async ({ arguments: [model], options, output, openMesh }) => {
  const inline = options.text("inline");
  if ((model === undefined) === (inline === undefined)) {
    throw problems.conflictingUse({
      what:
        model === undefined
          ? "`mesh show` needs a model or a query."
          : "`mesh show` takes a model or a query, not both.",
      expected: 'Write: mesh show <model>, or: mesh show --inline "select …"',
    });
  }
  const limit = options.count("limit", 0) ?? DEFAULT_LIMIT;
  const mesh = await openMesh();
  const result = await mesh.show(model === undefined ? { inline: inline ?? "" } : { model }, limit);
  output.document(result);
  output.result(formatRows(result, output.colors));
  output.note(
    output.errorColors.dim(
      `${plural(result.rows.length, "row")}${result.rows.length === limit ? "; --limit shows more" : ""}`,
    ),
  );
  return 0;
};
