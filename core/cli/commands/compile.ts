// Owns `mesh compile`: writes the manifest and shows every problem by project.
import { join, relative } from "node:path";
import { problems } from "../../errors/index.ts";
import { manifestToJson } from "../../manifest/index.ts";
import { driverError, writeFileAtomic } from "../../util/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatDiagnostics, sortDiagnostics, sourceReader } from "../output/diagnostics.ts";
import { plural } from "../output/format.ts";

export const run: CommandRunner = async ({ options, output, openMesh, cwd }) => {
  const mesh = await openMesh();
  const { manifest, diagnostics } = await mesh.compile();
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error");
  const model = options.text("sql");
  if (model !== undefined) {
    const sql = await mesh.compiledSql(model);
    output.result(sql);
    output.document({ model, sql });
    return 0;
  }

  const path = join(mesh.config.root, ".mesh", "manifest.json");
  // What was found wrong is said all the same.
  const unwritten = await writeFileAtomic(path, manifestToJson(manifest)).then(
    () => undefined,
    (cause: unknown) => problems.manifestNotWritten({ path, reason: driverError(cause).code }, { cause }),
  );
  const counts = Object.fromEntries(
    (["projects", "stores", "sources", "models", "tests", "reports"] as const).map((kind) => [
      kind,
      Object.keys(manifest[kind]).length,
    ]),
  );
  if (!output.json && diagnostics.length > 0) {
    output.problem(formatDiagnostics(diagnostics, sourceReader(mesh.config.root), output.errorColors));
  }
  if (unwritten) throw unwritten;
  output.document({ ok: errors.length === 0, manifest: path, ...counts, diagnostics: sortDiagnostics(diagnostics) });
  const parts = Object.entries(counts).flatMap(([kind, count]) =>
    count > 0 ? [plural(count, kind.slice(0, -1))] : [],
  );
  if (!output.quiet)
    output.result(
      `${diagnostics.length > 0 ? "\n" : ""}${parts.length === 0 ? "Nothing compiled" : parts.join(", ")} -> ${relative(cwd, path) || path}`,
    );
  return errors.length > 0 ? 1 : 0;
};
