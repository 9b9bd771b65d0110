// Owns `mesh test`.
import type { TestRecord } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import type { CommandRunner } from "../command.ts";
import { plural } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatTestFailure } from "../output/test-failure.ts";
import { takeSelection } from "../selection.ts";

export const run: CommandRunner = async (input) => {
  const { output, signal } = input;
  const mesh = await input.openMesh();
  const { manifest } = await mesh.compile();
  const { selection, warnings } = await takeSelection(mesh, input);
  const results = await mesh.test({
    ...selection,
    signal,
    onResult: (record) => output.note(formatResult(record, output.errorColors)),
  });
  const count = (...statuses: readonly TestRecord["status"][]) =>
    results.filter(({ status }) => statuses.includes(status)).length;
  const failed = count("fail", "error");
  output.document({ ok: failed === 0, tests: results, warnings });
  for (const record of results)
    if (record.status !== "pass") output.result(`\n${formatTestFailure(record, manifest, output.colors)}`);
  const parts = [
    `${count("pass")} passed`,
    ...(count("warn") > 0 ? [`${count("warn")} warned`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  output.result(`${results.length === 0 ? "" : "\n"}${plural(results.length, "test")}: ${parts.join(", ")}`);
  return failed === 0 ? 0 : 1;
};

function formatResult({ status, test, failures, durationMs }: TestRecord, colors: Colors): string {
  const mark = { pass: colors.green("✓"), warn: colors.yellow("!"), fail: colors.red("✗"), error: colors.red("✗") }[
    status
  ];
  const found = status === "warn" || status === "fail" ? `  ${plural(failures, "failure")}` : "";
  return `${mark} ${test}${found}  ${colors.dim(formatDurationMs(durationMs))}`;
}
