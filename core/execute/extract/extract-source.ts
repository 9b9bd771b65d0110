// Owns the extraction of one source at a session's point, from what the store has to a build that is accounted for.
import { judgeHistory } from "../../contract/index.ts";
import { problems } from "../../errors/index.ts";
import { type Model, type Source, storeOwner } from "../../manifest/index.ts";
import type { Step } from "../../plan/index.ts";
import { isReplaced } from "../../protect/index.ts";
import type { ConsistentSession } from "../../source/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import type { BuildStatement } from "../../warehouse/index.ts";
import { grownContent, makeBuild } from "../make-build.ts";
import { withPassingBuild } from "../passing-build.ts";
import { throttle } from "../progress.ts";
import type { RunContext } from "../run-context.ts";
import { accountFor, type Reading } from "./account-for.ts";
import { type ColumnsToRead, columnsToRead, type NothingToRead } from "./columns-to-read.ts";
import { edgeOf } from "./edge.ts";
import { type Landing, readingStrategy } from "./reading-strategy.ts";
import { type Arrived, watchParts } from "./watch-parts.ts";

export interface ExtractionSubject {
  readonly step: Step;
  readonly model: Model;
  readonly source: Source;
}

export interface MadeBuild {
  readonly record: BuildRecord;
  /** The rows are those of the published build, whose files it shares. */
  readonly sameRows: boolean;
}

/** Throws a coded error; then nothing is left of it. */
export async function extractSource(
  { step, model, source }: ExtractionSubject,
  store: ConsistentSession,
  context: RunContext,
): Promise<MadeBuild | NothingToRead> {
  const { manifest } = context;
  const published = context.builds.published(model.id);
  const fullRefresh = step.fullRefresh ?? false;
  const seen = await columnsToRead({ manifest, model, source, published, fullRefresh }, store);
  if ("held" in seen) return seen;
  const strategy = readingStrategy({
    model,
    columns: seen.landed,
    published,
    fullRefresh,
    backfill: step.window,
  });
  const kept = strategy.base?.data.columns.map(({ name }) => name);
  const since = kept ? judgeHistory({ source, owner: storeOwner(manifest, source.project) }, new Set(kept)) : [];
  // Rows kept from earlier builds have the columns that are gone, and tell the strategy that nothing new is known of them.
  const landed = strategy.base ? seen.landed.filter(({ absent }) => !absent) : seen.landed;
  const found = { ...seen, landed, drift: [...seen.drift, ...since] };
  const edge = await edgeOf({ model, source, columns: found.columns, onto: strategy.base !== undefined }, context);
  // Whatever fails first ends the rest: the readers in the store, and the account.
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  let flush: () => void = () => undefined;
  const session = await context.warehouse.openSession({
    inputs: new Map(strategy.base ? [[model.id, strategy.base]] : []),
    behindViews: new Map(),
    signal: context.signal,
  });
  try {
    const window = await strategy.window?.(session);
    // Last, so that nothing can fail between the store's first byte and its reader.
    const extraction = await store.extract({
      table: source,
      columns: found.columns.map((column) => ({
        name: column.name,
        identifier: column.identifier,
        type: column.type,
        ...(isReplaced(column) && { replaced: true }),
      })),
      window,
      signal,
    });
    const { estimate } = extraction;
    const tell = throttle(({ rows, bytes }: Arrived) =>
      context.emit({ type: "step-progress", step, rows, bytes, ...(estimate && { estimate }) }),
    );
    flush = tell.flush;
    const watched = watchParts(extraction, edge.transform, tell, signal);
    const account = extraction.account({ checksum: source.verify === "checksum" });
    account.catch((error: unknown) => failed.abort(error));
    const reading: Reading = {
      model,
      source,
      store,
      found,
      strategy,
      window,
      edge,
      extraction,
      watched,
      account,
      session,
    };
    return await (strategy.statement ? buildFromLanding(reading, context) : buildOfLanding(reading, context));
  } catch (error) {
    failed.abort(error);
    throw error;
  } finally {
    flush();
    await session.close();
  }
}

/** What landed is the build. */
function buildOfLanding(reading: Reading, context: RunContext): Promise<MadeBuild> {
  return makeBuild(
    {
      ...shared(reading),
      statement: landingStatement(reading),
      judge: (data) => accountFor(reading, data),
    },
    context,
  );
}

/** What landed is a passing build; the strategy's statement makes the build of it. */
async function buildFromLanding(reading: Reading, context: RunContext): Promise<MadeBuild> {
  const { model, session, strategy } = reading;
  return withPassingBuild(model, "landing", context, async (passing, keep) => {
    const data = await session.create(passing, landingStatement(reading));
    if (data.kind !== "files")
      throw problems.unexpected({ what: `reading ${model.id}`, reason: "a landing is made of files" });
    const record = await accountFor(reading, data);
    await session.attach({ ...passing, data });
    const { window, store } = reading;
    const landing: Landing = { session, relation: session.relation(passing.model), data, window, asOf: store.asOf };
    const statement = await strategy.statement?.(landing);
    if (!statement) throw problems.unexpected({ what: `reading ${model.id}`, reason: "the strategy has no statement" });
    const watermark = await strategy.watermark?.(landing);
    const made = await makeBuild(
      {
        ...shared(reading),
        statement,
        judge: async () => (watermark === undefined ? record : { ...record, watermark }),
        ...(strategy.base &&
          statement.kind === "append" && {
            contentId: grownContent(strategy.base, context.builds.published(model.id)?.contentId),
          }),
      },
      context,
    );
    // A first build is often the landing's own files.
    if (made.record.data?.kind === "files") for (const { path } of made.record.data.files) keep.add(path);
    return made;
  });
}

function shared({ model, session, store }: Reading) {
  return { model, session, inputs: {}, asOf: store.asOf, position: store.position };
}

function landingStatement({ watched, found }: Reading): BuildStatement {
  return { kind: "csv-stream", parts: watched.parts, columns: landedColumns(found.landed) };
}

function landedColumns(columns: ColumnsToRead["landed"]) {
  return columns.map(({ name, type, absent }) => ({ name, type, ...(absent && { absent }) }));
}
