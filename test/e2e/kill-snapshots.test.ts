// Runs over incremental snapshots and histories are killed at random instants: what is published stays, and the next run makes
// what it would have made without the kill.
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import Database from "libsql";
import { beforeAll, expect, it, vi } from "vitest";
import { createMesh, type Mesh } from "../../core/index.ts";
import { openState } from "../../core/state/index.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { LONG } from "../support/fault-checks.ts";
import { SHOP_PROJECT } from "../support/sqlite-shop.ts";
import { runMesh, startMesh, withTempMesh } from "../support/temp-mesh.ts";

const KILLS = LONG ? 25 : 3;
vi.setConfig({ testTimeout: LONG ? 1_800_000 : 120_000 });
const SNAPSHOTS = `sources:
  - name: shop_db
    tables:
      - name: orders
        columns:
          - { name: id, data_type: bigint }
          - { name: v, data_type: varchar }
          - { name: u, data_type: timestamp }
snapshots:
  - name: latest
    relation: source('shop_db', 'orders')
    config: { strategy: incremental, unique_key: id, cursor: u, lookback: 1h }
  - name: events
    relation: source('shop_db', 'orders')
    config: { strategy: append, cursor: u, lookback: 1h }
  - name: history
    relation: source('shop_db', 'orders')
    config: { strategy: check, unique_key: id, check_cols: all, updated_at: u, hard_deletes: new_record }
`;
const QUERIES = [
  "select count(*), sum(hash(id, v, u)) from {{ ref('latest') }}",
  "select count(*), sum(hash(id, v, u)) from {{ ref('events') }}",
  // The end of a deleted row is the store's clock, which differs from run to run.
  "select count(*), sum(hash(id, v, u, dbt_updated_at, dbt_valid_to is null, dbt_is_deleted)) from {{ ref('history') }} where dbt_is_deleted = 'False'",
  "select count(*), sum(hash(id, v, u, dbt_valid_to is null)) from {{ ref('history') }} where dbt_is_deleted = 'True'",
];

beforeAll(ensureBuilt);

async function withMesh<T>(root: string, use: (mesh: Mesh) => Promise<T>): Promise<T> {
  const mesh = await createMesh({ cwd: root });
  try {
    return await use(mesh);
  } finally {
    await mesh.close();
  }
}

const contents = (root: string): Promise<readonly string[]> =>
  withMesh(root, async (mesh) => {
    const said: string[] = [];
    for (const inline of QUERIES) said.push(JSON.stringify((await mesh.show({ inline }, 1)).rows));
    return said;
  });

/** The state goes through SQLite: its side files come and go while connections of this process are being collected. */
async function copyMesh(root: string, to: string): Promise<void> {
  await cp(root, to, { recursive: true, filter: (path) => !/\/state\.db(-\w+)?$/.test(path) });
  const db = new Database(join(root, "state.db"));
  db.exec(`vacuum into '${join(to, "state.db")}'`);
  db.close();
}

const runOnce = async (root: string) => expect((await withMesh(root, (mesh) => mesh.run({}))).status).toBe("success");

/** Some rows are new, some changed, some gone; each time by its number alone. */
function oneDayFurther(root: string, day: number): void {
  const db = new Database(join(root, "shop.sqlite"));
  const at = `datetime('2024-01-01', '+${day} days', '+' || (i % 60) || ' minutes')`;
  const numbers = (from: number, to: number) =>
    `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to}) `;
  db.exec("create table if not exists orders (id integer primary key, v text, u text)");
  db.exec(`insert into orders ${numbers(day * 5_000, day * 5_000 + 4_999)} select i, 'day ${day}', ${at} from n`);
  db.exec(`update orders set v = v || '+', u = ${at.replaceAll("i %", "id %")} where id % 97 = ${day}`);
  db.exec(`delete from orders where id % 1000 = ${day}`);
  db.close();
}

it(`survives ${KILLS} kills: the build before stays published, and the next run equals one that was not killed`, async () => {
  const files = { "projects/shop/project.yml": SHOP_PROJECT, "projects/shop/models/snapshots.yml": SNAPSHOTS };
  await withTempMesh(files, async ({ root }) => {
    const control = `${root}-control`;
    try {
      oneDayFurther(root, 0);
      const started = performance.now();
      const first = await runMesh(root, ["run", "--quiet"]);
      expect(first.code, first.stderr + first.stdout).toBe(0);
      const wholeRunMs = performance.now() - started;
      let killed = 0;
      for (let day = 1; killed < KILLS; day++) {
        expect(day, "runs that end before they are killed").toBeLessThan(KILLS * 3);
        oneDayFurther(root, day);
        const before = await contents(root);
        await rm(control, { recursive: true, force: true });
        await copyMesh(root, control);
        const child = startMesh(root, ["run", "--quiet"]);
        const waitMs = wholeRunMs * (0.35 + (0.65 * ((day * 7) % 11)) / 11);
        await Promise.race([child.done, new Promise((resolve) => setTimeout(resolve, waitMs))]);
        child.kill("SIGKILL");
        const hit = (await child.done).signal === "SIGKILL";
        // Some of the three may have been published before the kill; each is as it was or as it will be.
        const after = await contents(root);
        await runOnce(root);
        await runOnce(control);
        const expected = await contents(control);
        expect(await contents(root)).toEqual(expected);
        for (const [i, seen] of after.entries()) expect([before[i], expected[i]]).toContain(seen);
        if (hit) killed++;
      }
      console.log(`kill-snapshots: ${killed} runs killed, a whole run takes ${Math.round(wholeRunMs)} ms`);
      expect(killed).toBeGreaterThanOrEqual(KILLS);
      await expectNothingLeft(root);
    } finally {
      await rm(control, { recursive: true, force: true });
    }
  });
});

async function expectNothingLeft(root: string): Promise<void> {
  await withMesh(root, (mesh) => mesh.clean());
  const state = await openState({ kind: "sqlite", path: join(root, "state.db") });
  const live = await state.listBuilds({ statuses: ["passed"] });
  await state.close();
  const wanted = live.flatMap(({ data }) => (data?.kind === "files" ? data.files.map(({ path }) => path) : []));
  const there = (await readdir(join(root, "wh/builds"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, "wh/").length));
  expect(there.sort()).toEqual([...new Set(wanted)].sort());
}
