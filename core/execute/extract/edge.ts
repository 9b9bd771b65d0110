// Owns what the cells of one extraction go through between the store and the warehouse, and with which key. How is `protect/`'s.
import { problems } from "../../errors/index.ts";
import type { ExtractionRecord, Model, Source, SourceColumn } from "../../manifest/index.ts";
import { needsKey, type RowStream, sourceEdge } from "../../protect/index.ts";
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

/** Throws `protect/…` when there are tokens or hashes to make and the key is not there, or does not go with the published build's. */
export async function edgeOf(
  { model, source, columns, onto }: EdgeRequest,
  context: Pick<RunContext, "builds" | "keyring">,
): Promise<Edge> {
  if (!columns.some(needsKey)) return { transform: sourceEdge(source, columns, undefined) };
  const keyring = await context.keyring();
  const { id: key, check } = keyring.current;
  const before = context.builds.published(model.id)?.extraction?.protection;
  if (before?.key === key && before.check !== check)
    throw problems.protectionKeyChanged({ model: model.id, id: key }, { location: { file: "mesh.config.ts" } });
  const outdated = columns.find((column) => needsKey(column) && model.config.unique_key?.includes(column.name));
  if (onto && outdated && before && before.key !== key)
    throw problems.protectedUniqueKeyOutdated(
      { model: model.id, column: outdated.name, was: before.key, now: key },
      { location: outdated.location },
    );
  return { transform: sourceEdge(source, columns, keyring), protection: { key, check } };
}
