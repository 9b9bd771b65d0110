// Owns `mesh builds`.
import type { CommandRunner } from "../command.ts";
import { formatDriftNote } from "../output/drift.ts";
import { formatExtractions } from "../output/extractions.ts";
import { formatBytes, formatCount, formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = async ({ arguments: [model], options, output, openMesh }) => {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const mesh = await openMesh();
  const builds = await mesh.builds({ limit, ...(model !== undefined && { model }) });
  output.document(builds.map(({ build, published }) => ({ published, ...build })));
  const table = formatTable(
    [
      { title: "build" },
      { title: "model" },
      { title: "status" },
      { title: "created" },
      { title: "rows", align: "right" },
      { title: "size", align: "right" },
    ],
    builds.map(({ build, published }) => [
      build.id,
      build.model,
      published ? "published" : build.status,
      formatTime(build.createdAt),
      build.rows === undefined ? "-" : formatCount(build.rows),
      build.bytes === undefined ? "-" : formatBytes(build.bytes),
    ]),
    output.colors,
  );
  const drift = builds.flatMap(({ build }) => {
    const notes = build.extraction?.drift ?? [];
    return notes.map((note) => `  ${build.id}  ${build.model}  ${formatDriftNote(note)}`);
  });
  const read = formatExtractions(
    builds.map(({ build }) => build),
    output.colors,
  );
  const sections = [
    table,
    ...(read === undefined ? [] : ["", output.colors.bold("read from stores"), read]),
    ...(drift.length === 0 ? [] : ["", output.colors.bold("drift"), ...drift]),
  ];
  output.result(sections.join("\n"));
  return 0;
};
