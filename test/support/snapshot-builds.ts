// Owns building snapshots of rows a test gives, one after another, by a strategy on a real warehouse; without a store and without a run.
import { snapshotStatement, textOf } from "../../core/execute/snapshot-statement.ts";
import type { Build, ModelConfig } from "../../core/manifest/index.ts";
import { cursorOf, snapshotStrategies, type WindowBounds, watermark } from "../../core/materialize/index.ts";
import { createId } from "../../core/util/index.ts";
import type { Warehouse } from "../../core/warehouse/index.ts";

export interface SnapshotOf {
  readonly config: ModelConfig;
  /** A SELECT that gives what was read of the source. */
  readonly landing: string;
  readonly asOf: Date;
  readonly base?: Build | undefined;
  readonly window?: WindowBounds;
  readonly backfill?: boolean;
}

export interface Snapshotted {
  readonly build: Build;
  readonly watermark: string | undefined;
}

const RELATION = { schema: "shop", name: "m" };
type Files = Extract<Build["data"], { readonly kind: "files" }>;

export async function snapshotRows(warehouse: Warehouse, of: SnapshotOf): Promise<Snapshotted> {
  const { config, asOf, base, window = {}, backfill = false } = of;
  const model = { id: "shop.m", config };
  const session = await warehouse.openSession({
    inputs: new Map(base ? [[model.id, base]] : []),
    behindViews: new Map(),
  });
  try {
    const landed = { id: createId(), model: "landing", relation: RELATION };
    const data = (await session.create(landed, { kind: "select", sql: of.landing })) as Files;
    await session.attach({ ...landed, data });
    const landing = { relation: session.relation("landing"), data };
    const strategy = snapshotStrategies[config.strategy ?? "full"];
    if (!strategy?.combine) throw new Error("no such strategy");
    const work = strategy.combine({
      model,
      landing,
      ...(base && { base: { relation: session.relation(model.id), data: base.data as Files } }),
      window,
      backfill,
      asOf,
    });
    const made = { id: createId(), model: model.id, relation: RELATION };
    const build = { ...made, data: await session.create(made, await snapshotStatement(work, session)) };
    const reached =
      config.cursor === undefined
        ? undefined
        : await textOf(watermark(cursorOf(model, data.columns), landing.relation, asOf, undefined), session);
    return { build, watermark: reached };
  } finally {
    await session.close();
  }
}

/** Rows of a build as text, by column, in the given order. */
export async function rowsOf(
  warehouse: Warehouse,
  build: Build,
  columns: string,
  order = columns,
): Promise<readonly (readonly (string | null)[])[]> {
  const session = await warehouse.openSession({ inputs: new Map([[build.model, build]]), behindViews: new Map() });
  try {
    const relation = session.relation(build.model);
    const sql = `select cast(columns(*) as varchar) from (select ${columns} from ${relation}) order by ${order}`;
    return (await session.query(sql)).rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))));
  } finally {
    await session.close();
  }
}

export const filesOf = (build: Build): readonly string[] =>
  build.data.kind === "files" ? build.data.files.map(({ path }) => path) : [];
