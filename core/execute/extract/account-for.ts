// Owns accounting for one reading: both arms, the verdict, and what is recorded of it with the build.
import type { BuildData, ExtractionRecord, Model, Source } from "../../manifest/index.ts";
import type { ConsistentSession, CursorWindow, Extraction, StoreAccount } from "../../source/index.ts";
import type { WarehouseSession } from "../../warehouse/index.ts";
import type { ColumnsToRead } from "./columns-to-read.ts";
import type { Edge } from "./edge.ts";
import { judgeLoss } from "./judge-loss.ts";
import { landedRows } from "./landed-rows.ts";
import type { ReadingStrategy } from "./reading-strategy.ts";
import type { WatchedParts } from "./watch-parts.ts";

/** What the stages of one extraction have found so far. */
export interface Reading {
  readonly model: Model;
  readonly source: Source;
  readonly store: ConsistentSession;
  readonly found: ColumnsToRead;
  readonly strategy: ReadingStrategy;
  /** What of the source is read; absent: all of it. */
  readonly window: CursorWindow | undefined;
  readonly edge: Edge;
  readonly extraction: Extraction;
  readonly watched: WatchedParts;
  /** Asked while the rows are still on their way. */
  readonly account: Promise<StoreAccount>;
  readonly session: WarehouseSession;
}

/** Compares the two arms. Throws when something is lost; else what is recorded of the reading. */
export async function accountFor(reading: Reading, data: BuildData): Promise<ExtractionRecord> {
  const { source, found, strategy, window, edge, extraction, watched, account, session } = reading;
  const store = await account;
  const replaced = found.columns.flatMap(({ name, protect, tokenDomain: domain }) =>
    protect === undefined || protect === "drop"
      ? []
      : [{ column: name, protect, ...(domain !== undefined && { domain }) }],
  );
  const unchecked = [
    ...store.unchecked,
    ...replaced.map(({ column, protect }) => ({ column, reason: `its values are replaced as they land (${protect})` })),
  ];
  const left = new Set(unchecked.map(({ column }) => column));
  const types = new Map(data.columns.map((column) => [column.name, column.type]));
  const columns = found.columns.map(({ name, type }) => ({
    name,
    type: types.get(name) ?? type,
    checked: store.checksum !== undefined && !left.has(name),
  }));
  const landed = await landedRows(source.id, data, columns, session);
  const names = columns.map(({ name }) => name);
  const lost = judgeLoss(source, names, store, landed);
  if (lost) throw lost;
  const { from, to } = window ?? {};
  return {
    strategy: strategy.name,
    ...(window && { window: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) } }),
    storeRows: store.rows,
    landedRows: landed.rows,
    ...(store.checksum !== undefined &&
      landed.checksum !== undefined && { checksum: { store: store.checksum, landed: landed.checksum } }),
    ...(replaced.length > 0 && { replaced }),
    unchecked,
    ...(edge.protection && { protection: edge.protection }),
    storeColumns: found.storeColumns,
    drift: found.drift,
    cost: {
      storeMs: Math.round(extraction.storeMs?.() ?? 0),
      readBytes: watched.readBytes(),
      writtenBytes: data.kind === "files" ? data.bytes : 0,
      readers: extraction.parts.length,
    },
  };
}
