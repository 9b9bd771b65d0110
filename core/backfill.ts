// Owns what can be read again of a snapshot, and the bounds as its column's type writes them. Plans and runs nothing.
import { problems } from "./errors/index.ts";
import type { Model } from "./manifest/index.ts";
import { boundText, type Cursor, cursorOf, snapshotStrategies, whyAnew } from "./materialize/index.ts";
import type { BackfillRange } from "./mesh-types.ts";
import type { PublishedFact } from "./plan/index.ts";
import { quoteString } from "./util/index.ts";
import type { Warehouse, WarehouseSession } from "./warehouse/index.ts";

export interface BackfillRequest {
  readonly model: Model;
  readonly range: BackfillRange;
  readonly published: PublishedFact | undefined;
  readonly warehouse: () => Promise<Warehouse>;
}

/** The range as the column's type writes it, and the column. Throws `snapshot/no-backfill`, `snapshot/bad-bound` or `snapshot/empty-range`. */
export async function backfillRange(
  request: BackfillRequest,
): Promise<{ readonly cursor: Cursor; readonly window: BackfillRange }> {
  const { model, range, warehouse } = request;
  const option = backfillColumn(request);
  const columns = model.columns.flatMap(({ name, type }) => (type === null ? [] : [{ name, type }]));
  const cursor = cursorOf(model, columns, option);
  const session = await (await warehouse()).openSession({ inputs: new Map(), behindViews: new Map() });
  try {
    const window: { from?: string; to?: string } = {};
    for (const bound of ["from", "to"] as const) {
      const written = range[bound];
      if (written !== undefined) window[bound] = await canonical(session, cursor, bound, written);
    }
    if (window.from !== undefined && window.to !== undefined)
      await refuseEmpty(session, cursor, window.from, window.to);
    return { cursor, window };
  } finally {
    await session.close();
  }
}

/** Ids of the snapshots named, each of which keeps a history. Throws `snapshot/no-history`. */
export async function historiesNamed(
  names: readonly string[],
  modelNamed: (name: string) => Promise<Model>,
): Promise<readonly string[]> {
  const models = await Promise.all(names.map(modelNamed));
  const other = models.find(
    ({ config, kind }) => kind !== "snapshot" || !snapshotStrategies[config.strategy ?? ""]?.keepsHistory,
  );
  if (other) throw problems.noHistory({ model: other.id });
  return models.map(({ id }) => id);
}

function backfillColumn({ model, published, range }: BackfillRequest): "cursor" | "updated_at" {
  const no = (because: string) => problems.backfillNotPossible({ model: model.id, because });
  if (model.kind !== "snapshot") throw no(`it is a ${model.materialized}, not a snapshot of a source`);
  const name = model.config.strategy ?? "full";
  const { backfillBy } = snapshotStrategies[name] ?? {};
  if (!backfillBy) throw no(`strategy ${name} always reads all of its source`);
  if (!published) throw no("it was never published, so its first run reads the whole source");
  const { fingerprint, columns = [], strategy } = published;
  const anew = whyAnew(model, { fingerprint, columns, strategy }, false);
  if (anew !== undefined) throw no(anew);
  if (range.from === undefined && range.to === undefined) throw no("the range has neither --from nor --to");
  return backfillBy;
}

async function canonical(session: WarehouseSession, cursor: Cursor, option: string, written: string): Promise<string> {
  const cell = (await session.query(boundText(cursor, written))).rows[0]?.[0];
  if (typeof cell === "string") return cell;
  throw problems.backfillBound({ option, value: written, column: cursor.column, type: cursor.type });
}

async function refuseEmpty(session: WarehouseSession, { type }: Cursor, from: string, to: string): Promise<void> {
  const sql = `select cast(${quoteString(from)} as ${type}) < cast(${quoteString(to)} as ${type})`;
  if ((await session.query(sql)).rows[0]?.[0] !== true) throw problems.backfillEmpty({ from, to });
}
