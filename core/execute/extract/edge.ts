// Owns what the cells of one extraction go through between the store and the warehouse, and with which key. How is `protect/`'s.
import { problems } from "../../errors/index.ts";
import type { ExtractionRecord, Model, Source, SourceColumn } from "../../manifest/index.ts";
import { needsKey, type RowStream, sourceEdge } from "../../protect/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import type { RunContext } from "../run-context.ts";

export interface Edge {
  /** Bytes in the COPY_CSV dialect, as they come from the store and as they may land. One call for each part. Absent when every column lands as it is. */
  readonly transform?: RowStream | undefined;
  readonly protection?: ExtractionRecord["protection"];
}

export interface EdgeRequest {
  readonly model: Model;
  readonly source: Source;
  readonly columns: readonly SourceColumn[];
  /** What is read goes onto the published build. */
  readonly onto: boolean;
}

/**
 * Throws `protect/…` when there are tokens or hashes to make and the key is not there, or does not go with the published build's,
 * or when the rows that are kept of that build are not protected as the new ones.
 */
export async function edgeOf(
  { model, source, columns, onto }: EdgeRequest,
  context: Pick<RunContext, "builds" | "keyring">,
): Promise<Edge> {
  if (onto)
    refuseOtherProtection(model, [...columns, ...source.columns.filter(isDropped)], context.builds.published(model.id));
  if (!columns.some(needsKey)) return { transform: sourceEdge(source, columns, undefined) };
  const keyring = await context.keyring();
  const { id: key, check } = keyring.current;
  const before = context.builds.published(model.id)?.extraction?.protection;
  if (before?.key === key && before.check !== check)
    throw problems.protectionKeyChanged({ model: model.id, id: key }, { location: { file: "mesh.config.ts" } });
  const outdated = columns.find((column) => needsKey(column) && isKey(column, model));
  if (onto && outdated && before && before.key !== key)
    throw problems.protectedUniqueKeyOutdated(
      { model: model.id, column: outdated.name, was: before.key, now: key },
      { location: outdated.location },
    );
  return { transform: sourceEdge(source, columns, keyring), protection: { key, check } };
}

/** Another protection of the key matches no row that is kept, and what landed in clear would stay so beside it. */
function refuseOtherProtection(
  model: Model,
  columns: readonly SourceColumn[],
  published: BuildRecord | undefined,
): void {
  const { extraction, data } = published ?? {};
  if (!extraction || !data) return;
  const kept = new Set(data.columns.map(({ name }) => name));
  const read = new Set(extraction.storeColumns.map(({ name }) => name));
  for (const column of columns) {
    if (!kept.has(column.name) || !read.has(column.identifier)) continue;
    const was = extraction.replaced?.find((one) => one.column === column.name);
    const alike = was?.protect === column.protect && was?.domain === column.tokenDomain;
    if (alike || (was !== undefined && !isKey(column, model))) continue;
    throw problems.protectionOfKeptRows(
      {
        model: model.id,
        column: column.name,
        was: was && { protect: was.protect, domain: was.domain },
        now: column.protect && { protect: column.protect, domain: column.tokenDomain },
      },
      { location: column.location },
    );
  }
}

function isDropped({ protect }: SourceColumn): boolean {
  return protect === "drop";
}

/** The configuration may write the name in other case. */
function isKey({ name }: SourceColumn, { config }: Model): boolean {
  return config.unique_key?.some((key) => key.toLowerCase() === name.toLowerCase()) ?? false;
}
