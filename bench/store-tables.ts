// Owns the Postgres tables that the extraction benches read: their rows by a generator of the server, and the mesh that declares them.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";

export interface Shape {
  readonly name: string;
  readonly about: string;
  /** Rows for each one asked for: wide rows are fewer. */
  readonly share: number;
  /** Column, the store's type, the declared type, and the SQL that makes it from `n`. */
  readonly columns: readonly (readonly [name: string, storeType: string, declared: string, sql: string])[];
}

const text = (n: string) => `'ünï, "quoted" ' || ${n} || CASE WHEN n % 50 = 0 THEN E'\\nsecond line' ELSE '' END`;
const instant = (step: string) => `timestamptz '2024-01-01 00:00:00.123456+00' + n * interval '${step}'`;

const BOOKINGS: Shape = {
  name: "bookings",
  about: "12 columns of mixed types, about 330 bytes a row",
  share: 1,
  columns: [
    ["id", "bigint primary key", "bigint", "n"],
    ["ref", "uuid", "uuid", "md5(n::text)::uuid"],
    ["customer", "text", "varchar", "'customer ' || n % 100000"],
    ["city", "text", "varchar", "(array['Barcelona','Zürich','São Paulo','東京','London'])[1 + n % 5]"],
    ["note", "text", "varchar", `CASE WHEN n % 7 = 0 THEN NULL ELSE ${text("n")} || repeat(' lorem', 1 + n % 9) END`],
    ["amount", "numeric(12,2)", "decimal(12,2)", "(n % 1000000) / 100.0"],
    ["created_at", "timestamptz", "timestamptz", instant("17 seconds")],
    ["updated_at", "timestamptz", "timestamptz", instant("19 seconds")],
    ["paid", "boolean", "boolean", "n % 3 = 0"],
    ["seats", "integer", "integer", "1 + n % 9"],
    [
      "payload",
      "jsonb",
      "json",
      "jsonb_build_object('channel', 'web', 'n', n, 'tags', jsonb_build_array('a', n % 10))",
    ],
    ["day", "date", "date", "date '2024-01-01' + (n % 700)::int"],
  ],
};

const WIDE: Shape = {
  name: "wide",
  about: "120 columns, about 1.2 kB a row",
  share: 0.1,
  columns: Array.from({ length: 120 }, (_, i): Shape["columns"][number] => {
    if (i === 0) return ["id", "bigint primary key", "bigint", "n"];
    if (i % 3 === 0) return [`t${i}`, "text", "varchar", `'value ' || n % ${i + 7}`];
    if (i % 3 === 1) return [`i${i}`, "integer", "integer", `(n * ${i} % 100000)::int`];
    return [`d${i}`, "numeric(10,2)", "decimal(10,2)", `(n % 10000) / 100.0 + ${i}`];
  }),
};

const NARROW: Shape = {
  name: "narrow",
  about: "2 columns, about 12 bytes a row",
  share: 2,
  columns: [
    ["id", "bigint primary key", "bigint", "n"],
    ["quantity", "integer", "integer", "(n % 1000)::int"],
  ],
};

const JSON_HEAVY: Shape = {
  name: "json",
  about: "one document of about 2 kB a row",
  share: 0.1,
  columns: [
    ["id", "bigint primary key", "bigint", "n"],
    [
      "document",
      "jsonb",
      "json",
      "jsonb_build_object('id', n, 'items', (select jsonb_agg(jsonb_build_object('sku', 'sku-' || (n + i), 'price', i * 1.25, 'name', 'item \"' || i || '\"')) from generate_series(1, 30) i))",
    ],
  ],
};

export const SHAPES: readonly Shape[] = [BOOKINGS, WIDE, NARROW, JSON_HEAVY];
export const [bookings] = SHAPES as readonly [Shape, ...Shape[]];

/** Creates and fills the shape's table; gives the number of rows. */
export async function fillTable(url: string, shape: Shape, size: number): Promise<number> {
  const rows = Math.max(1, Math.round(size * shape.share));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `CREATE TABLE ${shape.name} (${shape.columns.map(([name, type]) => `${name} ${type}`).join(", ")})`,
    );
    await client.query(
      `INSERT INTO ${shape.name} SELECT ${shape.columns.map(([, , , sql]) => sql).join(", ")} FROM generate_series(1, ${rows}) n`,
    );
    await client.query(`VACUUM ANALYZE ${shape.name}`);
    return rows;
  } finally {
    await client.end();
  }
}

/** A mesh of one project with one full snapshot of the shape's table. */
export async function writeSnapshotMesh(
  root: string,
  shape: Shape,
  options: { readonly verify: "checksum" | "counts"; readonly readers?: number },
): Promise<void> {
  await mkdir(join(root, "projects/bench/models"), { recursive: true });
  await writeFile(
    join(root, "mesh.config.ts"),
    `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "bench", defaultTarget: "dev", retention: { builds: 1, minAge: "0s" }, targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } } });
`,
  );
  const readers = options.readers ?? 1;
  await writeFile(
    join(root, "projects/bench/project.yml"),
    `name: bench
owner: { team: Bench, email: bench@example.com }
stores:
  store:
    client: pg
    connection: "\${BENCH_DB_URL}"
    readers: ${readers}
${readers > 1 ? "    split_above: 1MB\n" : ""}`,
  );
  const columns = shape.columns.map(([name, , declared]) => `          - { name: ${name}, data_type: "${declared}" }`);
  await writeFile(
    join(root, "projects/bench/models/snapshots.yml"),
    `sources:
  - name: store
    tables:
      - name: ${shape.name}
        verify: ${options.verify}
        columns:
${columns.join("\n")}
snapshots:
  - name: ${shape.name}
    relation: source('store', '${shape.name}')
    config: { strategy: full }
`,
  );
}
