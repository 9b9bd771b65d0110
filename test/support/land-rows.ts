// Owns landing an extraction in a real DuckDB warehouse, to see what a store's values have become.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColumnSchema } from "../../core/manifest/index.ts";
import type { Extraction } from "../../core/source/index.ts";
import { createId } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";

/** Every cell as DuckDB prints it; null is NULL. */
export async function landRows(extraction: Extraction, columns: readonly ColumnSchema[]): Promise<(string | null)[][]> {
  return (await landChecked(extraction, columns, [])).rows;
}

/** The rows, and the checksum of what landed without the columns that the store left out of its own. */
export async function landChecked(
  extraction: Extraction,
  columns: readonly ColumnSchema[],
  unchecked: readonly string[],
): Promise<{ readonly rows: (string | null)[][]; readonly checksum: string | undefined }> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-landing-"));
  const warehouse = createDuckdbWarehouse({ path: folder, threads: 1, memoryLimit: "512MB" });
  try {
    await warehouse.prepare("state");
    const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
    const build = { id: createId(), model: "p.landed", relation: { schema: "p", name: "landed" } };
    const data = await session.create(build, { kind: "csv-stream", parts: extraction.parts, columns });
    const { checksum } = await session.account(
      data,
      columns.map((column) => ({ ...column, checked: !unchecked.includes(column.name) })),
    );
    await session.attach({ ...build, data });
    const cells = columns.map(({ name }) => `"${name.replaceAll('"', '""')}"::VARCHAR`).join(", ");
    const { rows } = await session.query(`SELECT ${cells} FROM ${session.relation("p.landed")}`);
    await session.close();
    return { rows: rows.map((row) => row.map((cell) => cell as string | null)), checksum };
  } finally {
    await warehouse.close();
    await rm(folder, { recursive: true, force: true });
  }
}
