// Owns `mesh slo`.
import { type ShownAttainment, showAttainment } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { attainments, monthRange } from "../../observe/index.ts";
import type { CommandRunner, ExitCode } from "../command.ts";
import type { Output } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

export const run: CommandRunner = async ({ options, output, remote, openMesh }) => {
  const written = options.text("month");
  if (written !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(written))
    throw problems.badOptionValue({ option: "--month", value: written, expected: "a month such as 2026-11" });
  const project = options.text("project");
  if (remote) {
    const filter = { ...(written !== undefined && { month: written }), ...(project !== undefined && { project }) };
    return show(await remote.attainments(filter), output);
  }
  const mesh = await openMesh();
  const [state, { manifest }] = [await mesh.state(), await mesh.compile()];
  const now = await state.now();
  const month = written ?? now.toISOString().slice(0, 7);
  const found = (await attainments(state, manifest, { ...monthRange(month), now })).filter(
    ({ objective }) => project === undefined || objective.project === project,
  );
  return show(
    found.map(({ objective, attainment }) => showAttainment(month, objective, attainment)),
    output,
  );
};

function show(found: readonly ShownAttainment[], output: Output): ExitCode {
  output.document(found);
  const share = (value: number | undefined) => (value === undefined ? "-" : `${(value * 100).toFixed(2)}%`);
  const amount = (value: number | undefined, unit: string) =>
    value === undefined ? "-" : unit === "slots" ? String(value) : `${Math.round(value)} min`;
  output.result(
    found.length === 0
      ? "Nothing is promised: no model or source has an `sla`."
      : formatTable(
          [
            { title: "subject" },
            { title: "promise" },
            ...["kept", "target", "missed", "allowed", "budget used"].map((title) => ({
              title,
              align: "right" as const,
            })),
            { title: "verdict" },
          ],
          found.map(({ subject, promise, attained, target, missed, allowed, burned, kept, unit }) => [
            subject,
            promise,
            share(attained),
            share(target),
            amount(missed, unit),
            amount(allowed, unit),
            share(burned),
            kept === undefined || attained === undefined ? "-" : kept ? "kept" : "missed",
          ]),
          output.colors,
        ),
  );
  return 0;
}
