// Owns the extract step: one declared table of a store, read at the run's consistent point, into a build.
import { problems } from "../../errors/index.ts";
import type { Source } from "../../manifest/index.ts";
import type { ConsistentSession } from "../../source/index.ts";
import { closest } from "../../util/index.ts";
import { makeBuild } from "../make-build.ts";
import { throttle } from "../progress.ts";
import type { StepRunner } from "../run-context.ts";

export const runExtract: StepRunner = async (step, context) => {
  const model = context.manifest.models[step.models[0] as string];
  const source = model?.source === undefined ? undefined : context.manifest.sources[model.source];
  if (!model || !source || step.store === undefined)
    throw problems.unexpected({ what: step.id, reason: "the step names no source" });

  const store = await context.storeSession(step.store);
  await checkPort(source, store);
  const columns = source.columns.map(({ name, identifier, type }) => ({ name, identifier, type }));
  const session = await context.warehouse.openSession({
    inputs: new Map(),
    behindViews: new Map(),
    signal: context.signal,
  });
  try {
    // Last, so that nothing can fail between the store's first byte and its reader.
    const extraction = await store.extract({ table: source, columns, signal: context.signal });
    const { record, sameRows } = await makeBuild(
      {
        model,
        session,
        inputs: {},
        statement: { kind: "csv-stream", parts: extraction.parts, columns },
        onProgress: throttle((bytes) => context.emit({ type: "step-progress", step, bytes })),
        // The store's own count against what the files hold: a short file from a cut stream is still a valid file.
        verify: (data) => {
          const landed = data.kind === "files" ? data.rows : 0;
          if (landed !== extraction.rows())
            throw problems.rowsLost({ source: source.id, sent: extraction.rows(), landed });
        },
        asOf: store.asOf,
        position: store.position,
      },
      context,
    );
    return {
      status: "success",
      ...(record.rows !== undefined && { rows: record.rows }),
      ...(record.bytes !== undefined && { bytes: record.bytes }),
      ...(sameRows && { reason: "the same rows as before; their files are shared" }),
    };
  } finally {
    await session.close();
  }
};

/** Compares the declared port with the store's table: everything missing is told at once. Whether values fit their declared types is the adapter's to judge. */
async function checkPort(source: Source, store: ConsistentSession): Promise<void> {
  const actual = await store.columns(source);
  const location = source.location;
  if (!actual) {
    const table = source.schema === undefined ? source.identifier : `${source.schema}.${source.identifier}`;
    throw problems.sourceTableMissing(
      { source: source.id, table, near: closest(table, await store.tables()) },
      { location },
    );
  }
  const byName = new Map(actual.map((column) => [column.name, column]));
  const missing = source.columns.filter((column) => !byName.has(column.identifier));
  if (missing.length > 0) {
    throw problems.sourceColumnsMissing(
      {
        source: source.id,
        missing: missing.map(({ identifier }) => ({ column: identifier, near: closest(identifier, byName.keys()) })),
      },
      { location: missing[0]?.location ?? location },
    );
  }
}
