// Card data through whole runs on real stores: what lands, what joins, and that a planted number is caught and told nowhere.
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { detokenize, openKeyring } from "../../core/index.ts";
import { filesWith } from "../support/files-with.ts";
import {
  createSqliteStore,
  type StoreMaker,
  startTestMariadb,
  startTestPostgres,
  startTestSqlite,
  type TestStore,
} from "../support/stores.ts";
import { runMeshHere, type TempMesh, withTempMesh } from "../support/temp-mesh.ts";

const KEYS = {
  OLD_KEY: "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f",
  NEW_KEY: "/+7dzLuqmYh3ZlVEMyIRAPDh0sO0pZaHeGlaSzwtHg8=",
};
const DIGITS = "4111111111111111";
const SPELLINGS = [DIGITS, "4111 1111 1111 1111", "4111-1111-1111-1111", [...DIGITS].join(" "), "411111 1111111111"];
/** Of this file alone: others make pipes in the machine's. */
const TEMPORARY = await mkdtemp(join(tmpdir(), "mesh-protected-"));
// The stores run as users of their own.
await chmod(TEMPORARY, 0o777);
process.env.TMPDIR = TEMPORARY;

const config = (keys: string) => `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
  protect: { keys: ${keys} },
});
`;
const OLD = `{ id: "k1", from: { env: "OLD_KEY" } }`;
const NEW = `{ id: "k2", from: { env: "NEW_KEY" } }`;

const project = (name: string, client: string) =>
  `name: ${name}\nowner: { team: ${name}, email: ${name}@example.com }\nstores:\n  db: { client: ${client}, connection: "\${SHOP_DB}" }\n`;

/** The shop's payments, and another domain's disputes that know the same cards, written otherwise. */
const files = (client: string, keys = OLD): Record<string, string> => ({
  "mesh.config.ts": config(keys),
  "projects/shop/project.yml": project("shop", client),
  "projects/shop/models/sources.yml": `sources:
  - name: db
    tables:
      - name: payments
        columns:
          - { name: id, data_type: bigint }
          - { name: card_token, identifier: card_number, data_type: varchar, classification: pci, protect: tokenize }
          - { name: card_hash, identifier: card_number, data_type: varchar, classification: pci, protect: hash }
          - { name: holder, data_type: varchar, classification: personal, protect: drop }
          - { name: phone, data_type: varchar, classification: personal, protect: mask }
          - { name: note, data_type: varchar }
snapshots:
  - name: payments
    description: Payments.
    relation: source('db', 'payments')
    config: { access: public }
`,
  "projects/risk/project.yml": project("risk", client),
  "projects/risk/models/sources.yml": `sources:
  - name: db
    tables:
      - name: disputes
        columns:
          - { name: card, data_type: varchar, classification: pci, protect: tokenize }
          - { name: reason, data_type: varchar }
snapshots:
  - name: disputes
    relation: source('db', 'disputes')
`,
  "projects/risk/models/disputed.sql":
    "{{ config(materialized='table') }}\nselect p.id, d.reason from {{ ref('disputes') }} d join {{ ref('shop', 'payments') }} p on p.card_token = d.card\n",
});

const PAYMENTS: readonly (readonly [card: string | null, note: string | null])[] = [
  ["4242424242424242", 'first, with "quotes"\nand a line'],
  ["5555555555554444", "order 123456789012345, phone +34 612 345 678"],
  [null, null],
  ["", ""],
  ["3782 822463 10005", "20240101123456"],
];

async function fill(store: TestStore): Promise<void> {
  const { exec } = store.writer;
  await exec(
    "CREATE TABLE payments (id integer PRIMARY KEY, card_number varchar(40), holder varchar(40), phone varchar(40), note varchar(400))",
  );
  await exec("CREATE TABLE disputes (card varchar(40), reason varchar(40))");
  const text = (value: string | null) => (value === null ? "NULL" : `'${value}'`);
  for (const [i, [card, note]] of PAYMENTS.entries())
    await exec(`INSERT INTO payments VALUES (${i + 1}, ${text(card)}, 'Ann', '612 345 678', ${text(note)})`);
  await exec(
    "INSERT INTO disputes VALUES ('4242-4242-4242-4242', 'stolen'), ('378282246310005', 'lost'), ('30569309025904', 'other')",
  );
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Files that hold a spelling of the number. What is compressed would not show it: see `left`. */
const holding = (folder: string) => filesWith(folder, SPELLINGS);

const parquetIn = async (root: string) =>
  (await filesBelow(join(root, "wh"))).filter((file) => file.endsWith(".parquet")).sort();
const pipes = async () => (await readdir(TEMPORARY)).filter((name) => name.startsWith("mesh-pipe-"));

function environment(store: TestStore, keys: Partial<typeof KEYS> = KEYS) {
  return { SHOP_DB: String(store.settings.connection), ...keys } as Record<string, string>;
}

async function rowsOf(mesh: TempMesh, store: TestStore, sql: string) {
  const opened = await mesh.open({ env: environment(store) });
  return (await opened.show({ inline: sql }, 10_000)).rows;
}

afterAll(() => rm(TEMPORARY, { recursive: true, force: true }));

const STORES: readonly {
  readonly kind: string;
  readonly start: () => Promise<StoreMaker>;
}[] = [
  { kind: "pg", start: startTestPostgres },
  { kind: "mysql", start: startTestMariadb },
  { kind: "sqlite", start: startTestSqlite },
];

describe.each(STORES)("a store of kind $kind", ({ kind, start }) => {
  let server: StoreMaker;
  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server.stop());

  // Keys are the same matter for every kind of store.
  const keysAreTested = kind === "sqlite";

  const withStore = async (use: (mesh: TempMesh, store: TestStore) => Promise<void>) => {
    const store = await server.createStore();
    try {
      await fill(store);
      await withTempMesh(files(kind), (mesh) => use(mesh, store));
    } finally {
      await store.remove();
    }
  };

  test(
    "lands tokens that join across domains and turn back, hashes, masks, and never a dropped column",
    () =>
      withStore(async (mesh, store) => {
        const run = await runMeshHere(mesh.root, ["run"], environment(store));
        expect(run.stderr + run.stdout).not.toMatch(/error/);
        expect(run.code).toBe(0);
        const ring = await openKeyring([{ id: "k1", from: { env: "OLD_KEY" } }], { env: KEYS });
        const landed = await rowsOf(mesh, store, "select * from {{ ref('shop', 'payments') }} order by id");
        const tokens = landed.map(([, token]) => token as string | null);
        expect(tokens.map((token) => token && detokenize(token, "pci", ring))).toEqual([
          "4242424242424242",
          "5555555555554444",
          null,
          "",
          "378282246310005",
        ]);
        expect(landed.map(([, , hash]) => hash && /^[0-9a-f]{64}$/.test(String(hash)))).toEqual([
          true,
          true,
          null,
          "",
          true,
        ]);
        expect(landed.map((row) => row.slice(3))).toEqual(PAYMENTS.map(([, note]) => ["********", note]));
        expect(await rowsOf(mesh, store, "select * from {{ ref('risk', 'disputed') }} order by id")).toEqual(
          [
            [1, "stolen"],
            [5, "lost"],
          ].map(([id, reason]) => [String(id), reason]),
        );
        const builds = await (await mesh.open({ env: environment(store) })).builds({ model: "shop.payments" });
        expect(builds[0]?.build.extraction).toMatchObject({
          landedRows: 5,
          protection: { key: "k1", check: ring.current.check },
        });
        expect(builds[0]?.build.extraction?.unchecked.map(({ column }) => column).sort()).toEqual([
          "card_hash",
          "card_token",
          "phone",
        ]);
        const { checksum } = builds[0]?.build.extraction ?? {};
        expect(checksum?.landed).toBe(checksum?.store);
      }),
    60_000,
  );

  test(
    "holding a card number in free text is not loaded: what was published stays, and the number is nowhere",
    () =>
      withStore(async (mesh, store) => {
        expect((await runMeshHere(mesh.root, ["run"], environment(store))).code).toBe(0);
        const before = await parquetIn(mesh.root);
        let injected = 0;
        let caught = 0;
        // All that they can be on one store; on the others each spelling and each surrounding once.
        const places = SPELLINGS.flatMap((spelling, i) =>
          [spelling, `{"pan": "${spelling}"}`, `he said: ${spelling}, and left`].filter(
            (_, j) => kind === "sqlite" || j === i % 3,
          ),
        );
        for (const [i, text] of places.entries()) {
          await store.writer.exec(`UPDATE payments SET note = '${text}' WHERE id = ${(i % 5) + 1}`);
          injected++;
          // The command for some, whose output is read; in this process for the others.
          let said: string;
          if (i % 5 === 0) {
            const run = await runMeshHere(
              mesh.root,
              ["run", "--select", "shop.payments", ...(i === 0 ? ["--json"] : [])],
              environment(store),
            );
            expect(run.code).toBe(1);
            said = run.stdout + run.stderr;
          } else {
            const opened = await mesh.open({ env: environment(store) });
            said = JSON.stringify(await opened.run({ select: ["shop.payments"] }));
            await opened.close();
          }
          if (
            /protect\/card-number-found/.test(said) &&
            /shop\.db\.payments: card numbers were found in note \(1 row\)/.test(said)
          )
            caught++;
          expect(SPELLINGS.filter((spelling) => said.includes(spelling))).toEqual([]);
          await store.writer.exec(`UPDATE payments SET note = 'x' WHERE id = ${(i % 5) + 1}`);
        }
        console.log(`${kind}: ${injected} card numbers planted, ${caught} caught`);
        expect(injected).toBe(kind === "sqlite" ? 15 : 5);
        expect(caught).toBe(injected);
        expect(await holding(mesh.root)).toEqual([]);
        expect(await parquetIn(mesh.root)).toEqual(before);
        expect(await pipes()).toEqual([]);
        expect(await rowsOf(mesh, store, "select note from {{ ref('shop', 'payments') }} order by id")).toEqual(
          PAYMENTS.map(([, note]) => [note]),
        );
      }),
    120_000,
  );

  test.skipIf(!keysAreTested)(
    "makes its snapshot anew and says why when the key is another, and refuses another key under the same id",
    () =>
      withStore(async (mesh, store) => {
        const env = environment(store);
        expect((await runMeshHere(mesh.root, ["run"], env)).code).toBe(0);
        const swapped = await runMeshHere(mesh.root, ["run"], { ...env, OLD_KEY: KEYS.NEW_KEY });
        expect(swapped.code).toBe(1);
        expect(swapped.stdout + swapped.stderr).toMatch(/protect\/key-changed/);
        await mesh.write({ "mesh.config.ts": config(`[${NEW}, ${OLD}]`) });
        const plan = await runMeshHere(mesh.root, ["plan"], env);
        expect(plan.stdout).toMatch(/shop\.payments .*its protection key is k2, the published build's is k1/);
        expect((await runMeshHere(mesh.root, ["run"], env)).code).toBe(0);
        const tokens = await rowsOf(
          mesh,
          store,
          "select card_token from {{ ref('shop', 'payments') }} where card_token <> ''",
        );
        expect(tokens.every(([token]) => String(token).startsWith("tok_k2_"))).toBe(true);
      }),
    60_000,
  );

  test.skipIf(!keysAreTested)(
    "is not read when the key is missing, and no key is ever told",
    () =>
      withStore(async (mesh, store) => {
        const compiled = await runMeshHere(mesh.root, ["compile"], environment(store, {}));
        expect(compiled.code).toBe(0);
        expect(compiled.stderr).toMatch(/warning.*protect\/key-missing/);
        const planned = await runMeshHere(mesh.root, ["plan"], environment(store, {}));
        expect(planned.stderr).toMatch(/OLD_KEY: it is not set/);
        expect((await runMeshHere(mesh.root, ["doctor"], environment(store, {}))).stdout).toMatch(
          /OLD_KEY: it is not set/,
        );
        const run = await runMeshHere(mesh.root, ["run"], environment(store, {}));
        expect(run.code).toBe(1);
        expect(run.stdout + run.stderr).toMatch(/protect\/key-missing/);
        expect(await parquetIn(mesh.root)).toEqual([]);
        const doctor = await runMeshHere(mesh.root, ["doctor"], environment(store));
        expect(doctor.stdout).toMatch(/protection key k1/);
        await runMeshHere(mesh.root, ["run"], environment(store));
        const secrets = [KEYS.OLD_KEY, Buffer.from(KEYS.OLD_KEY, "hex").toString("base64")];
        const said = doctor.stdout + doctor.stderr + run.stdout + run.stderr;
        expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
        for (const file of await filesBelow(mesh.root)) {
          const bytes = await readFile(file);
          expect(
            secrets.filter((secret) => bytes.includes(secret)),
            file,
          ).toEqual([]);
          expect(bytes.includes(Buffer.from(KEYS.OLD_KEY, "hex")), file).toBe(false);
        }
      }),
    60_000,
  );
});

const ONLY_NOTES = {
  "projects/shop/project.yml": project("shop", "pg"),
  "projects/shop/models/sources.yml": `sources:
  - name: db
    tables:
      - name: payments
        columns:
          - { name: id, data_type: bigint }
          - { name: note, data_type: varchar }
snapshots:
  - name: payments
    relation: source('db', 'payments')
`,
};

test("a history keyed by tokens is not mixed with those of another key", async () => {
  const store = await createSqliteStore();
  try {
    await fill(store);
    const history = (columns: string, key: string) =>
      `sources:\n  - name: db\n    tables:\n      - name: payments\n        columns:\n${columns}snapshots:\n  - name: payments\n    relation: source('db', 'payments')\n    config: { strategy: check, unique_key: ${key}, check_cols: all }\n`;
    const keyed = history(
      "          - { name: card, identifier: card_number, data_type: varchar, classification: pci, protect: hash }\n",
      "CARD",
    );
    await store.writer.exec("DELETE FROM payments WHERE card_number IS NULL");
    const start = { "mesh.config.ts": config(OLD), "projects/shop/project.yml": project("shop", "sqlite") };
    await withTempMesh({ ...start, "projects/shop/models/s.yml": keyed }, async (mesh) => {
      const env = environment(store);
      expect((await runMeshHere(mesh.root, ["run"], env)).code).toBe(0);
      await mesh.write({ "mesh.config.ts": config(`[${NEW}, ${OLD}]`) });
      const refused = await runMeshHere(mesh.root, ["run"], env);
      expect(refused.code).toBe(1);
      expect(refused.stdout).toMatch(/protect\/unique-key-outdated/);
      const anew = await runMeshHere(mesh.root, ["run", "--discard-history", "shop.payments"], env);
      expect(anew.code).toBe(0);
    });
  } finally {
    await store.remove();
  }
}, 60_000);

test("a history does not go on when its key, or what it holds in clear, is protected since", async () => {
  const store = await createSqliteStore();
  try {
    await fill(store);
    await store.writer.exec("UPDATE payments SET holder = 'Ann ' || id");
    const history = (protect: string, key: string) =>
      `sources:\n  - name: db\n    tables:\n      - name: payments\n        columns:\n          - { name: id, data_type: bigint }\n          - { name: holder, data_type: varchar${protect} }\nsnapshots:\n  - name: payments\n    relation: source('db', 'payments')\n    config: { strategy: check, unique_key: ${key}, check_cols: all }\n`;
    const start = { "mesh.config.ts": config(OLD), "projects/shop/project.yml": project("shop", "sqlite") };
    await withTempMesh({ ...start, "projects/shop/models/s.yml": history("", "id") }, async (mesh) => {
      const env = environment(store);
      const change = async (protect: string, key: string, ...more: readonly string[]) => {
        await mesh.write({ "projects/shop/models/s.yml": history(protect, key) });
        return runMeshHere(mesh.root, ["run", ...more], env);
      };
      expect((await runMeshHere(mesh.root, ["run"], env)).code).toBe(0);
      const tokens = ", classification: personal, protect: tokenize";
      const late = await change(tokens, "id");
      expect(late.code).toBe(1);
      expect(late.stdout).toMatch(/protect\/kept-rows-differ/);
      expect(late.stdout).toMatch(/"holder" in clear/);
      expect((await change(", protect: drop", "id")).stdout).toMatch(/protect\/kept-rows-differ/);
      expect((await change(tokens, "holder", "--discard-history", "shop.payments")).code).toBe(0);
      expect((await change(tokens, "holder")).code).toBe(0);
      const other = await change(tokens.replace("tokenize", "hash"), "holder");
      expect(other.code).toBe(1);
      expect(other.stdout).toMatch(/protect\/kept-rows-differ/);
      const kind = await change(`${tokens}, token_domain: holder`, "holder");
      expect(kind.code).toBe(1);
      expect(kind.stdout).toMatch(/of the kind personal made it.*of the kind holder/s);
    });
  } finally {
    await store.remove();
  }
}, 60_000);

test("one card number among a million rows of Postgres is caught, and what was published stays", async () => {
  const server = await startTestPostgres();
  const store = await server.createStore();
  try {
    await store.writer.exec("CREATE TABLE payments (id integer, note text)");
    await store.writer.exec(
      "INSERT INTO payments SELECT i, 'note of ' || i || ' ' || md5(i::text) || ' ' || gen_random_uuid() FROM generate_series(1, 1000000) i",
    );
    await withTempMesh(ONLY_NOTES, async (mesh) => {
      const env = environment(store);
      const first = await runMeshHere(mesh.root, ["run", "--select", "shop.payments"], env);
      expect(first.stdout + first.stderr).not.toMatch(/protect\//);
      expect(first.code).toBe(0);
      await store.writer.exec(`UPDATE payments SET note = note || ' ${SPELLINGS[1]}' WHERE id = 654321`);
      const before = await parquetIn(mesh.root);
      const second = await runMeshHere(mesh.root, ["run", "--select", "shop.payments"], env);
      expect(second.code).toBe(1);
      expect(second.stdout + second.stderr).toMatch(/card numbers were found in note \(1 row\)/);
      expect(await holding(mesh.root)).toEqual([]);
      expect(await parquetIn(mesh.root)).toEqual(before);
      expect(await rowsOf(mesh, store, "select count(*) from {{ ref('shop', 'payments') }}")).toEqual([["1000000"]]);
    });
  } finally {
    await store.remove();
    await server.stop();
  }
}, 180_000);
