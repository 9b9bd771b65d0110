// Owns `mesh check-store`: what a service's schema would break, told in the service's own CI.
import { resolve } from "node:path";
import { problems } from "../../errors/index.ts";
import type { CheckedStore } from "../../mesh-types.ts";
import { writeFileAtomic } from "../../util/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatDiagnostics, formatLocation, sourceReader } from "../output/diagnostics.ts";
import { plural } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

export const run: CommandRunner = async (input) => {
  const {
    arguments: [store = ""],
    options,
    output,
  } = input;
  const [connection, schema, write] = ["connection", "schema", "write-schema"].map((name) => options.text(name));
  if (schema !== undefined && (connection !== undefined || write !== undefined))
    throw problems.optionsExclude({
      option: "--schema",
      other: connection !== undefined ? "--connection" : "--write-schema",
    });
  const mesh = await input.openMesh();
  const { diagnostics } = await mesh.compile();
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error");
  if (errors.length > 0 && !output.json)
    output.problem(`${formatDiagnostics(errors, sourceReader(mesh.config.root), output.errorColors)}\n`);
  const live = { store, ...(connection !== undefined && { connection }) };
  if (write !== undefined) {
    await writeFileAtomic(resolve(write), await mesh.storeSchema(live));
    output.document({ store, schema: write });
    output.result(`wrote the schema of ${store} to ${write}`);
    return 0;
  }
  const found = await mesh.checkStore({ ...live, ...(schema !== undefined && { schema }) });
  // A store's own words on a query that fails are among them.
  const checked = { ...found, breaks: found.breaks.map((one) => ({ ...one, what: mesh.redact(one.what) })) };
  // What a broken project reads is not known: its products may be missing from the answer.
  const broken = [...new Set(errors.flatMap(({ project }) => project ?? []))].sort();
  const project = checked.store.slice(0, checked.store.indexOf("."));
  output.document({ ...checked, brokenProjects: broken });
  output.result(formatChecked(checked, output.colors, output.quiet));
  if (broken.length > 0)
    output.note(
      `\n${plural(broken.length, "project")} did not compile (${broken.join(", ")}): products of theirs may be missing here.`,
    );
  return checked.ok && !broken.includes(project) ? 0 : 1;
};

/** Several paragraphs, without a final newline. */
function formatChecked(
  { store, sources, breaks, products, notes }: CheckedStore,
  colors: Colors,
  quiet = false,
): string {
  const parts: string[] = [];
  for (const source of new Set(breaks.map((found) => found.source))) {
    const own = breaks.filter((found) => found.source === source);
    const lines = own.map(
      ({ what, location, kind }) =>
        `  ${what} ${colors.dim(`[${kind}]`)}\n    ${colors.cyan(formatLocation(location))}`,
    );
    const reached = products.filter(({ id }) => own[0]?.products.includes(id));
    const table = formatTable(
      [{ title: "breaks" }, { title: "kind" }, { title: "owner" }],
      reached.map(({ id, kind, owner }) => [id, kind === "model" ? "public model" : kind, owner]),
      colors,
      100,
    );
    parts.push(
      [
        `${colors.red(colors.bold("breaks"))} ${source}`,
        ...lines,
        ...(reached.length > 0 ? [table.replace(/^/gm, "    ")] : []),
      ].join("\n"),
    );
  }
  if (notes.length > 0 && !quiet)
    parts.push([colors.bold("notes"), ...notes.map(({ source, what }) => `  ${source}: ${what}`)].join("\n"));
  const counts =
    breaks.length === 0
      ? `${colors.green("nothing breaks")} in ${plural(sources.length, "source")} of it`
      : `${plural(breaks.length, "change")} break${breaks.length === 1 ? "s" : ""} ${plural(products.length, "product")}`;
  parts.push(`${colors.bold(store)}: ${counts}`);
  return parts.join("\n\n");
}
