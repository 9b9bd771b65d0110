// Owns what a store's schema does to the mesh: the ports it breaks, and everything that is made of them. Opens nothing but the store.
import { comparePort, type PortBreak, type PortNote } from "./contract/index.ts";
import { MeshError, problems } from "./errors/index.ts";
import { descendantsOf, type Graph } from "./graph/index.ts";
import { describeOwner, type Manifest, type Source, type Store } from "./manifest/index.ts";
import type { CheckedStore, StoreProduct } from "./mesh-types.ts";
import type { StoreSchema } from "./source/index.ts";
import { closest } from "./util/index.ts";

/** Throws `store/…` when the store or the file cannot answer: then nothing is judged. */
export async function checkStore(
  manifest: Manifest,
  graph: Graph,
  store: Store,
  schema: StoreSchema,
): Promise<CheckedStore> {
  const sources = Object.values(manifest.sources).filter((source) => storeOf(source) === store.id);
  const breaks: PortBreak[] = [];
  const notes: PortNote[] = [];
  const unknown: string[] = [];
  for (const source of sources) {
    try {
      const compared = await compare(manifest, store, source, schema);
      breaks.push(...compared.breaks);
      notes.push(...compared.notes);
    } catch (error) {
      if (!(error instanceof MeshError) || error.code !== "store/schema-unknown") throw error;
      unknown.push(error.message);
    }
  }
  if (unknown.length > 0) throw problems.schemaUnknown({ reasons: unknown });
  return {
    store: store.id,
    ok: breaks.length === 0,
    sources: sources.map(({ id }) => id),
    breaks: breaks.map((found) => ({
      ...found,
      products: productsOf(manifest, graph, found.source).map(({ id }) => id),
    })),
    products: affected(manifest, graph, breaks),
    notes,
  };
}

const storeOf = (source: Source) => `${source.project}.${source.store}`;

async function compare(manifest: Manifest, { client }: Store, source: Source, schema: StoreSchema) {
  const notNull = notNullColumns(manifest, source);
  const location = source.location;
  try {
    const actual = await schema.columns(source);
    const table = source.schema === undefined ? source.identifier : `${source.schema}.${source.identifier}`;
    const near = actual === undefined ? closest(table, await schema.tables()) : undefined;
    if (schema.schemaless && actual !== undefined) {
      const what = "the store has no schema: its columns are judged when they are read";
      return { breaks: [], notes: [{ source: source.id, what }] };
    }
    return comparePort({ client, source, actual, near, notNull });
  } catch (error) {
    // A query whose columns are gone cannot be described, and a table that may not be read cannot be copied.
    const why = error instanceof MeshError ? brokenPort(source, error) : undefined;
    if (why === undefined) throw error;
    const what = `${why}: ${(error as MeshError).message}`;
    return { breaks: [{ source: source.id, kind: "table_gone" as const, what, location }], notes: [] };
  }
}

function brokenPort({ query }: Source, { code }: MeshError): string | undefined {
  if (query !== undefined && code.startsWith("store/query-")) return "its query fails";
  return code === "store/permission-denied" ? "it may not be read" : undefined;
}

/** Columns that a not_null test of a snapshot of the source guards. */
function notNullColumns(manifest: Manifest, source: Source): ReadonlySet<string> {
  return new Set(
    Object.values(manifest.tests).flatMap(({ type, model, column }) =>
      type === "not_null" && column !== undefined && manifest.models[model]?.source === source.id ? [column] : [],
    ),
  );
}

/** The snapshots of the source, the public models made of them wherever they are, and the reports on any of these. */
function productsOf(manifest: Manifest, graph: Graph, source: string): readonly StoreProduct[] {
  const snapshots = Object.values(manifest.models).filter((model) => model.source === source);
  const ids = snapshots.map(({ id }) => id);
  const below = new Set([...ids, ...descendantsOf(graph, ids)]);
  const models = Object.values(manifest.models).filter(
    ({ id, access, source: own }) => own === source || (below.has(id) && access === "public"),
  );
  const reports = Object.values(manifest.reports).filter(({ dependsOn }) => dependsOn.some((id) => below.has(id)));
  return [
    ...models.map(({ id, kind, owner }) => ({
      id,
      kind: kind === "snapshot" ? ("snapshot" as const) : ("model" as const),
      owner: describeOwner(owner),
    })),
    ...reports.map(({ id, owner }) => ({ id, kind: "report" as const, owner: describeOwner(owner) })),
  ];
}

function affected(manifest: Manifest, graph: Graph, breaks: readonly PortBreak[]): readonly StoreProduct[] {
  const products = new Map<string, StoreProduct>();
  for (const source of new Set(breaks.map(({ source: id }) => id)))
    for (const product of productsOf(manifest, graph, source)) products.set(product.id, product);
  return [...products.values()];
}
