// Owns the extract step: one declared table of a store, read at the run's consistent point, into a build. Its stages are in `extract/`.
import { MeshError, placed, problems } from "../../errors/index.ts";
import { extractSource } from "../extract/extract-source.ts";
import { refuseAfterRollback } from "../overtaken.ts";
import type { StepRunner } from "../run-context.ts";

export const runExtract: StepRunner = async (step, context) => {
  const model = context.manifest.models[step.models[0] as string];
  const source = model?.source === undefined ? undefined : context.manifest.sources[model.source];
  if (!model || !source || step.store === undefined)
    throw problems.unexpected({ what: step.id, reason: "the step names no source" });
  refuseAfterRollback(model.id, context.builds);
  const reading = context.readStore(step.store, (store) => extractSource({ step, model, source }, store, context));
  const made = await reading.catch((error: unknown) => {
    throw error instanceof MeshError ? placed(error, source.location) : error;
  });
  if ("held" in made) {
    const asOf = context.builds.published(model.id)?.asOf;
    const age = asOf === undefined ? "" : ` of ${asOf.toISOString()}`;
    const reason = `the table is gone from ${step.store}; the build${age} stays published`;
    return { status: "unchanged", reason, drift: made.held };
  }
  const { record, sameRows } = made;
  const drift = record.extraction?.drift ?? [];
  // A column that nobody declared is no business of the port; anything else is worth a look.
  const warns = drift.some(({ kind }) => kind !== "added");
  return {
    status: warns ? "warned" : "success",
    ...(drift.length > 0 && { drift }),
    ...(record.rows !== undefined && { rows: record.rows }),
    ...(record.bytes !== undefined && { bytes: record.bytes }),
    ...(sameRows && { reason: "the same rows as before; their files are shared" }),
  };
};
