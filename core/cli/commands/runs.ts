// Owns `mesh runs`.
import { formatDurationMs } from "../../util/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = async ({ options, output, openMesh }) => {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const mesh = await openMesh();
  const runs = await mesh.runs(limit);
  output.document(runs);
  output.result(
    formatTable(
      [
        { title: "run" },
        { title: "status" },
        { title: "started" },
        { title: "took", align: "right" },
        { title: "selection" },
      ],
      runs.map(({ id, status, startedAt, finishedAt, selection }) => [
        id,
        status,
        formatTime(startedAt),
        finishedAt === undefined ? "-" : formatDurationMs(finishedAt.getTime() - startedAt.getTime()),
        selection === "" ? "everything" : selection,
      ]),
      output.colors,
    ),
  );
  return 0;
};
