// Owns `mesh builds`.
import type { CommandRunner } from "../command.ts";
import { formatDriftNote } from "../output/drift.ts";
import { formatExtractions } from "../output/extractions.ts";
import { formatBytes, formatCount, formatTime } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = async ({ arguments: [model], options, output, remote, openMesh }) => {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  if (remote) {
    const builds = await remote.builds({ limit, ...(model !== undefined && { model }) });
    output.document(builds);
    output.result(
      formatBuilds(
        builds.map((build) => ({ ...build, createdAt: new Date(build.createdAt) })),
        output.colors,
      ),
    );
    return 0;
  }
  const mesh = await openMesh();
  const builds = await mesh.builds({ limit, ...(model !== undefined && { model }) });
  output.document(builds.map(({ build, published }) => ({ published, ...build })));
  const table = formatBuilds(
    builds.map(({ build, published }) => ({ ...build, published })),
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

interface ListedBuild {
  readonly id: string;
  readonly model: string;
  readonly status: string;
  readonly published: boolean;
  readonly createdAt: Date;
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
}

function formatBuilds(builds: readonly ListedBuild[], colors: Colors): string {
  return formatTable(
    [
      { title: "build" },
      { title: "model" },
      { title: "status" },
      { title: "created" },
      { title: "rows", align: "right" },
      { title: "size", align: "right" },
    ],
    builds.map(({ id, model, status, published, createdAt, rows, bytes }) => [
      id,
      model,
      published ? "published" : status,
      formatTime(createdAt),
      rows === undefined ? "-" : formatCount(rows),
      bytes === undefined ? "-" : formatBytes(bytes),
    ]),
    colors,
  );
}
