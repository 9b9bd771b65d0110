// Owns `mesh diff`: two builds of a model, compared by key.
import type { BuildDiff } from "../../mesh-types.ts";
import type { CommandRunner } from "../command.ts";
import { findBuild } from "../find-build.ts";
import { formatCount, formatTime } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { type Cell, formatTable } from "../output/table.ts";

const DEFAULT_ROWS = 10;

export const run: CommandRunner = async ({
  arguments: [model = "", first, second],
  options,
  output,
  openMesh,
  signal,
}) => {
  const rows = options.count("rows", 0) ?? DEFAULT_ROWS;
  const mesh = await openMesh();
  const before = first === undefined ? undefined : await findBuild(mesh, model, first);
  const after = second === undefined ? undefined : await findBuild(mesh, model, second);
  const key = options
    .text("key")
    ?.split(",")
    .map((column) => column.trim());
  const diff = await mesh.diff(model, {
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(key && { key }),
    rows,
    signal,
  });
  output.document(diff);
  output.result(formatDiff(diff, output.colors));
  return 0;
};

/** Several paragraphs, without a final newline. */
export function formatDiff(diff: BuildDiff, colors: Colors): string {
  const { before, after, schema, sample } = diff;
  const counts = (["inserted", "updated", "deleted", "unchanged"] as const).map((change) => [
    change,
    formatCount(diff[change]),
    change === "updated"
      ? Object.entries(diff.changedColumns)
          .map(([name, count]) => `${name} ${formatCount(count)}`)
          .join(", ")
      : "",
  ]);
  const columns = [
    ...schema.added.map(({ name, type }) => `+ ${name} ${type}`),
    ...schema.removed.map(({ name, type }) => `- ${name} ${type}`),
    ...schema.retyped.map(({ name, was, now }) => `~ ${name} ${was} is now ${now}`),
  ];
  const side = ({ build, createdAt, rows }: BuildDiff["before"]) =>
    `${build} of ${formatTime(createdAt)}, ${formatCount(rows)} rows`;
  return [
    [colors.bold(`${diff.model} by ${diff.key.join(", ")}`), `  from ${side(before)}`, `  to   ${side(after)}`].join(
      "\n",
    ),
    formatTable(
      [{ title: "rows" }, { title: "count", align: "right" }, { title: "columns changed" }],
      counts,
      colors,
      120,
    ),
    ...(columns.length > 0 ? [columns.join("\n")] : []),
    ...(sample.length > 0 ? [formatSample(diff, colors)] : []),
  ].join("\n\n");
}

function formatSample({ key, sample }: BuildDiff, colors: Colors): string {
  const cell = (value: unknown): Cell => (value === null || value === undefined ? null : String(value));
  return formatTable(
    [{ title: "change" }, ...key.map((name) => ({ title: name })), { title: "columns" }],
    sample.map(({ change, key: values, columns }) => [
      change,
      ...key.map((name) => cell(values[name])),
      columns.join(", "),
    ]),
    colors,
  );
}
