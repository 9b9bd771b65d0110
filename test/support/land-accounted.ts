// Owns landing an extraction together with both arms of loss accounting: what the store counts, and what the landed files hold.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColumnSchema } from "../../core/manifest/index.ts";
import { readFooter } from "../../core/rows/index.ts";
import type { Extraction, StoreAccount } from "../../core/source/index.ts";
import { createId } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";

export interface LandedAndCounted {
  readonly rows: (string | null)[][];
  readonly store: StoreAccount;
  readonly landed: Pick<StoreAccount, "rows" | "values" | "checksum">;
}

/** The account is asked first, as an extract step does. Columns the store cannot check are left out on both sides. */
export async function landAccounted(
  extraction: Extraction,
  columns: readonly ColumnSchema[],
): Promise<LandedAndCounted> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-landing-"));
  const warehouse = createDuckdbWarehouse({ path: folder, threads: 1, memoryLimit: "512MB" });
  const asked = extraction.account?.({ checksum: true });
  asked?.catch(() => undefined);
  try {
    await warehouse.prepare("state");
    const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
    const build = { id: createId(), model: "p.landed", relation: { schema: "p", name: "landed" } };
    const data = await session.create(build, { kind: "csv-stream", parts: extraction.parts, columns });
    const store = await asked;
    if (store === undefined) throw new Error("the extraction has no account");
    const unchecked = new Set(store.unchecked.map(({ column }) => column));
    const schema = data.columns.map((column) => ({ ...column, checked: !unchecked.has(column.name) }));
    const { files, checksum, nestedValues } = await session.account(data, schema);
    const footers = await Promise.all(files.map((file) => readFooter(file)));
    const sum = (of: (footer: (typeof footers)[number]) => number) =>
      footers.reduce((total, one) => total + of(one), 0);
    await session.attach({ ...build, data });
    const cells = columns.map(({ name }) => `"${name.replaceAll('"', '""')}"::VARCHAR`).join(", ");
    const { rows } = await session.query(`SELECT ${cells} FROM ${session.relation("p.landed")}`);
    await session.close();
    return {
      rows: rows.map((row) => row.map((cell) => cell as string | null)),
      store,
      landed: {
        rows: sum((footer) => footer.rows),
        values: columns.map(
          ({ name }) =>
            nestedValues[name] ??
            sum((footer) => {
              const column = footer.columns.find((found) => found.name === name);
              return (column?.values ?? 0) - (column?.nulls ?? 0);
            }),
        ),
        ...(checksum !== undefined && { checksum }),
      },
    };
  } finally {
    await warehouse.close();
    await rm(folder, { recursive: true, force: true });
  }
}
