// Owns running the snapshots of one store through the real run engine, with the test's own hand on the connection.
import type { RunEvent, RunResult } from "../../core/execute/index.ts";
import type { Build, BuildData } from "../../core/manifest/index.ts";
import { execute, gatherFacts, plan } from "../../core/pipeline.ts";
import { openStore, type StoreConnection, type StoreSettings } from "../../core/source/index.ts";
import { type BuildRecord, openState, type StateStore } from "../../core/state/index.ts";
import { systemClock } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse } from "../../core/warehouse/index.ts";
import { withTempMesh } from "./temp-mesh.ts";

export interface ExtractMesh {
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  /** Runs every snapshot; `meddle` may put itself between the store and the run. */
  run(
    meddle?: (connection: StoreConnection) => StoreConnection,
    onEvent?: (event: RunEvent) => void,
    threads?: number,
  ): Promise<RunResult>;
  /** What is published of `shop.<table>`. */
  published(table: string): Promise<BuildRecord | undefined>;
  /** The first row of a query on `{}`, the published build of `shop.<table>`. */
  ask(table: string, query: string): Promise<readonly unknown[]>;
}

export interface ExtractTable {
  readonly name: string;
  /** name -> data_type */
  readonly columns: Readonly<Record<string, string>>;
  /** More keys of the source table, as YAML flow: `verify: counts`. */
  readonly more?: string;
}

/** The store's clients that have a URL or a path as their connection. */
export async function withExtractMesh<T>(
  settings: StoreSettings,
  tables: readonly ExtractTable[],
  use: (mesh: ExtractMesh) => Promise<T>,
): Promise<T> {
  const sources = tables.map(
    ({ name, columns, more }) =>
      `      - name: ${name}\n${more === undefined ? "" : `        ${more}\n`}        columns:\n${Object.entries(
        columns,
      )
        .map(([column, type]) => `          - { name: ${column}, data_type: "${type}" }\n`)
        .join("")}`,
  );
  const snapshots = tables.map(({ name }) => `  - name: ${name}\n    relation: source('shop_db', '${name}')\n`);
  const files = {
    "projects/shop/project.yml": `name: shop\nowner: { team: shop, email: shop@example.com }\nstores:\n  shop_db: { client: ${settings.client}, connection: "\${SHOP_DB}" }\n`,
    "projects/shop/models/snapshots.yml": `sources:\n  - name: shop_db\n    tables:\n${sources.join("")}snapshots:\n${snapshots.join("")}`,
  };
  return withTempMesh(files, async ({ root, open }) => {
    const compiled = await (await open({ env: { SHOP_DB: "unused" } })).compile();
    const wrong = compiled.diagnostics.filter((found) => found.level === "error");
    if (wrong.length > 0) throw new Error(wrong.map((found) => found.message).join("; "));
    const { manifest } = compiled;
    const state = await openState({ kind: "sqlite", path: `${root}/state.db` });
    await state.migrate();
    const warehouse = createDuckdbWarehouse({ path: `${root}/wh`, threads: 2, memoryLimit: "1GB" });
    await warehouse.prepare(await state.id());
    const published = async (table: string) => {
      const publication = (await state.published()).get(`shop.${table}`);
      return publication && (await state.getBuilds([publication.buildId])).get(publication.buildId);
    };
    try {
      return await use({
        state,
        warehouse,
        published,
        async run(meddle = (connection) => connection, onEvent = () => undefined, threads = 4) {
          return execute({
            command: "run",
            selection: "",
            root,
            manifest,
            plan: plan(manifest, await gatherFacts(state, manifest), {}),
            retention: { builds: 2, minAgeMs: 0 },
            varsOf: () => ({}),
            keyring: () => Promise.reject(new Error("no key is needed here")),
            state,
            warehouse,
            connect: async () => meddle(await openStore(settings)),
            threads,
            failFast: false,
            clock: systemClock,
            redact: (text) => text,
            onEvent,
          });
        },
        async ask(table, query) {
          const record = await published(table);
          if (!record?.data) throw new Error(`shop.${table} is not published`);
          const build: Build = { ...record, data: record.data as BuildData };
          const session = await warehouse.openSession({
            inputs: new Map([[record.model, build]]),
            behindViews: new Map(),
          });
          try {
            const sql = query.replaceAll("{}", session.relation(record.model));
            return (await session.query(sql)).rows[0] ?? [];
          } finally {
            await session.close();
          }
        },
      });
    } finally {
      await warehouse.close();
      await state.close();
    }
  });
}
