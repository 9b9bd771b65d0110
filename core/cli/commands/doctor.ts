// Owns `mesh doctor`.
import type { CommandRunner } from "../command.ts";
import { plural } from "../output/format.ts";

export const run: CommandRunner = async ({ output, openMesh }) => {
  const mesh = await openMesh();
  const { redisChecks } = await import("../../../scheduler/index.ts");
  const checks = (await mesh.doctor(redisChecks)).map((check) => ({ ...check, what: mesh.redact(check.what) }));
  const { colors } = output;
  const wrong = checks.filter((check) => !check.ok);
  output.document({ ok: wrong.length === 0, checks });
  for (const { ok, what, help } of checks) {
    if (ok && output.quiet) continue;
    output.result(
      ok
        ? `${colors.green("✓")} ${what}`
        : `${colors.red("✗")} ${what}${help === undefined ? "" : `\n  ${colors.bold("help:")} ${help}`}`,
    );
  }
  output.note(wrong.length === 0 ? "Everything is in order." : `${plural(wrong.length, "check")} failed.`);
  return wrong.length === 0 ? 0 : 1;
};
