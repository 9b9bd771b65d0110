// Owns `mesh slo`.
import { problems } from "../../errors/index.ts";
import { attainments } from "../../observe/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatTable } from "../output/table.ts";

export const run: CommandRunner = async ({ options, output, openMesh }) => {
  const written = options.text("month");
  if (written !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(written))
    throw problems.badOptionValue({ option: "--month", value: written, expected: "a month such as 2026-11" });
  const mesh = await openMesh();
  const [state, { manifest }] = [await mesh.state(), await mesh.compile()];
  const now = await state.now();
  const month = written ?? now.toISOString().slice(0, 7);
  const from = new Date(`${month}-01T00:00:00Z`);
  const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
  const project = options.text("project");
  const found = (await attainments(state, manifest, { from, to, now })).filter(
    ({ objective }) => project === undefined || objective.project === project,
  );
  output.document(
    found.map(({ objective, attainment }) => ({
      month,
      subject: objective.subject,
      promise: objective.kind,
      project: objective.project,
      owner: objective.owner,
      ...attainment,
    })),
  );
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
          found.map(({ objective, attainment: { attained, target, missed, allowed, burned, kept, unit } }) => [
            objective.subject,
            objective.kind,
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
};
