// Owns a mesh of one SQLite store whose snapshots a test configures, and what a test asks of their builds.
import { join } from "node:path";
import Database from "libsql";
import type { Mesh, MeshError, RunResult } from "../../core/index.ts";
import type { BuildRecord } from "../../core/state/index.ts";
import { type TempMesh, withTempMesh } from "./temp-mesh.ts";

export interface SqliteShop extends TempMesh {
  /** Runs statements in the store. */
  sql(...statements: readonly string[]): void;
  /** A freshly loaded mesh runs. */
  run(options?: Parameters<Mesh["run"]>[0]): Promise<RunResult>;
  /** Rows of a query in which `ref()` works, as text. */
  rows(query: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Of the one snapshot, newest first. */
  builds(): Promise<readonly BuildRecord[]>;
}

const COLUMNS = `
          - { name: id, data_type: bigint }
          - { name: v, data_type: varchar }
          - { name: at, data_type: timestamp }`;

export const snapshotYaml = (config: string, columns = COLUMNS) => `sources:
  - name: shop_db
    tables:
      - name: orders
        columns:${columns}
snapshots:
  - name: orders
    relation: source('shop_db', 'orders')
    config: ${config}
`;

export const SHOP_PROJECT = `name: shop
owner: { team: Shop, email: shop@example.com }
stores:
  shop_db: { client: sqlite, connection: shop.sqlite }
`;

/** `config` is the snapshot's, as a YAML mapping in one line. */
export function withSqliteShop<T>(config: string, use: (shop: SqliteShop) => Promise<T>, columns?: string): Promise<T> {
  return withTempMesh(
    {
      "projects/shop/project.yml": SHOP_PROJECT,
      "projects/shop/models/snapshots.yml": snapshotYaml(config, columns),
    },
    async (temp) => {
      const db = new Database(join(temp.root, "shop.sqlite"));
      const once = async <R>(ask: (mesh: Mesh) => Promise<R>): Promise<R> => {
        const mesh = await temp.open();
        try {
          return await ask(mesh);
        } finally {
          await mesh.close();
        }
      };
      try {
        return await use({
          ...temp,
          sql(...statements) {
            for (const statement of statements) db.exec(statement);
          },
          run: (options = {}) => once((mesh) => mesh.run(options)),
          rows: (query) =>
            once(async (mesh) => {
              const inline = `select cast(columns(*) as varchar) from (${query})`;
              const { rows } = await mesh.show({ inline }, 1_000);
              return rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))));
            }),
          builds: () =>
            once(async (mesh) => (await mesh.builds({ model: "shop.orders", limit: 100 })).map(({ build }) => build)),
        });
      } finally {
        db.close();
      }
    },
  );
}

export const problemOf = (result: RunResult): Pick<MeshError, "code" | "message"> | undefined =>
  result.steps.flatMap(({ error }) => error ?? [])[0];
