// Owns how much of a source is read and what becomes of it beside the rows that are there: the seam of the snapshot strategies.
import type { Build, Model, SourceColumn } from "../../manifest/index.ts";
import {
  type Cursor,
  cursorOf,
  historyMisfit,
  snapshotStrategies,
  type WindowBounds,
  watermark,
  whyAnew,
  windowStart,
} from "../../materialize/index.ts";
import { toBuild } from "../../publish/index.ts";
import type { CursorWindow } from "../../source/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import type { BuildStatement, WarehouseSession } from "../../warehouse/index.ts";
import { snapshotStatement, textOf } from "../snapshot-statement.ts";

export interface ReadingStrategy {
  /** As it is recorded: `full`. */
  readonly name: string;
  /** The build that the new rows are put together with. Visible in the session under the model's id. */
  readonly base?: Build;
  /** What is read, told in a session that sees the base. Absent, or nothing told: the whole source. */
  readonly window?: (session: WarehouseSession) => Promise<CursorWindow | undefined>;
  /** The build's statement over the landing and the base. Absent: what landed is the build. */
  readonly statement?: (seen: Landing) => Promise<BuildStatement>;
  /** How far the source has been read, told from what landed. */
  readonly watermark?: (seen: Landing) => Promise<Watermark | undefined>;
}

interface Watermark {
  readonly column: string;
  readonly value: string;
}

type Files = Extract<Build["data"], { readonly kind: "files" }>;

/** What landed, visible in the session. */
export interface Landing {
  readonly session: WarehouseSession;
  /** The landing's name in the session. */
  readonly relation: string;
  readonly data: Files;
  /** What of the source it is. */
  readonly window: CursorWindow | undefined;
  /** The store's clock at the point. */
  readonly asOf: Date;
}

export interface StrategyRequest {
  readonly model: Model;
  readonly columns: readonly SourceColumn[];
  readonly published: BuildRecord | undefined;
  readonly fullRefresh: boolean;
  /** A range to read again. */
  readonly backfill?: WindowBounds | undefined;
}

export function readingStrategy({
  model,
  columns,
  published,
  fullRefresh,
  backfill,
}: StrategyRequest): ReadingStrategy {
  const name = model.config.strategy ?? "full";
  const strategy = snapshotStrategies[name];
  const { combine, reads, backfillBy } = strategy ?? {};
  if (!combine) return { name };
  const base = baseOf(model, published, fullRefresh);
  const identifierOf = (column: string) => columns.find((one) => one.name === column)?.identifier ?? column;
  const cursor = reads === "window" ? cursorOf(model, columns) : undefined;
  const known = base && cursor ? knownWatermark(cursor, published) : undefined;
  const asWindow = ({ column, type }: Cursor, bounds: WindowBounds): CursorWindow => ({
    identifier: identifierOf(column),
    type,
    ...bounds,
  });
  return {
    name,
    ...(base && { base }),
    async window(session) {
      if (!base) return undefined;
      if (backfill && backfillBy) return asWindow(cursorOf(model, columns, backfillBy), backfill);
      if (!cursor || known === undefined) return undefined;
      const from = await textOf(windowStart(cursor, known, model.config.lookback), session);
      return from === undefined ? undefined : asWindow(cursor, { from });
    },
    statement({ session, relation, data, window, asOf }) {
      const { from, to } = window ?? {};
      const input = {
        model,
        landing: { relation, data },
        ...(base && { base: { relation: session.relation(model.id), data: base.data as Files } }),
        window: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
        backfill: backfill !== undefined && base !== undefined,
        asOf,
      };
      return snapshotStatement(combine(input), session);
    },
    ...(cursor && {
      // What is read again says nothing of how far the source has been read.
      watermark: async ({ session, relation, asOf }) => {
        if (backfill && base) return known === undefined ? undefined : { column: cursor.column, value: known };
        const value = await textOf(watermark(cursor, relation, asOf, known), session);
        return value === undefined ? undefined : { column: cursor.column, value };
      },
    }),
  };
}

function baseOf(model: Model, published: BuildRecord | undefined, fullRefresh: boolean): Build | undefined {
  const build = published && toBuild(published);
  if (!published || build?.data.kind !== "files") return undefined;
  const facts = {
    fingerprint: published.fingerprint,
    columns: build.data.columns,
    strategy: published.extraction?.strategy,
  };
  const misfit = historyMisfit(model, facts, fullRefresh);
  if (misfit) throw misfit;
  return whyAnew(model, facts, fullRefresh) === undefined ? build : undefined;
}

/** Of another cursor nothing is known: the whole source is read once more. */
function knownWatermark({ column }: Cursor, published: BuildRecord | undefined): string | undefined {
  const recorded = published?.extraction?.watermark;
  return recorded?.column === column ? recorded.value : undefined;
}
