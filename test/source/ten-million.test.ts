// Ten million rows of each kind of store through the real command, checked by counts and checksum. Long: runs with MESH_LARGE=1,
// as `npm run test:large` sets it.
import { beforeAll, expect, test } from "vitest";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { startTestMariadb, startTestPostgres, startTestSqlite, withStore } from "../support/stores.ts";
import { runMesh, withTempMesh } from "../support/temp-mesh.ts";

const ROWS = 10_000_000;
const LARGE = process.env.MESH_LARGE === "1";

const STORES = [
  {
    client: "pg",
    start: startTestPostgres,
    view: `SELECT n AS id, 'row ' || n AS name FROM generate_series(1::bigint, ${ROWS}) n`,
    isThere: async () => true,
  },
  {
    client: "mysql",
    start: startTestMariadb,
    view: `SELECT CAST(seq AS SIGNED) AS id, CONCAT('row ', seq) AS name FROM seq_1_to_${ROWS}`,
    isThere: isMariadbInstalled,
  },
  {
    client: "sqlite",
    start: startTestSqlite,
    view: `WITH RECURSIVE r(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM r LIMIT ${ROWS}) SELECT CAST(id AS INTEGER) AS id, 'row ' || id AS name FROM r`,
    isThere: async () => true,
  },
] as const;

beforeAll(ensureBuilt);

test.for(STORES)(
  "ten million rows of $client land, every one of them",
  { timeout: 900_000 },
  async ({ client, start, view, isThere }, context) => {
    if (!LARGE) return context.skip("long: npm run test:large");
    if (!(await isThere())) return context.skip("there is no such server on this machine");
    await withStore(start, async (store) => {
      await store.writer.exec(`CREATE TABLE numbers AS ${view}`);
      const url = String(store.settings.connection);
      await withTempMesh(
        {
          "projects/shop/project.yml": `name: shop\nowner: { team: Shop, email: shop@example.com }\nstores:\n  db: { client: ${client}, connection: "\${STORE_URL}" }\n`,
          "projects/shop/models/s.yml":
            "sources:\n  - name: db\n    tables:\n      - name: numbers\n        columns: [{ name: id, data_type: bigint }, { name: name, data_type: varchar }]\nsnapshots:\n  - { name: numbers, relation: \"source('db', 'numbers')\" }\n",
        },
        async ({ root }) => {
          const run = await runMesh(root, ["run", "--quiet"], { STORE_URL: url });
          expect(run.code, run.stdout + run.stderr).toBe(0);
          const shown = await runMesh(
            root,
            [
              "show",
              "--json",
              "--inline",
              "select count(*), count(distinct id), sum(id) from {{ ref('shop', 'numbers') }}",
            ],
            { STORE_URL: url },
          );
          expect(JSON.parse(shown.stdout).rows).toEqual([
            [String(ROWS), String(ROWS), String((BigInt(ROWS) * BigInt(ROWS + 1)) / 2n)],
          ]);
          const builds = JSON.parse((await runMesh(root, ["builds", "--json"], { STORE_URL: url })).stdout);
          expect(builds[0].extraction).toMatchObject({
            storeRows: ROWS,
            landedRows: ROWS,
            checksum: { landed: builds[0].extraction.checksum.store },
          });
        },
      );
    });
  },
);
