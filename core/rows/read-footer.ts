// Owns reading what a Parquet file's footer says, with code that did not write the file: the independent arm of loss accounting.
import { problems } from "../errors/index.ts";

export interface Footer {
  readonly rows: number;
  readonly rowGroups: number;
  /** Leaves. */
  readonly columns: readonly {
    /** Dotted when nested. */
    readonly name: string;
    readonly nested: boolean;
    /** undefined when the writer did not count them. */
    readonly nulls: number | undefined;
    /** Values including NULLs; for a column inside a list, its elements. */
    readonly values: number;
  }[];
}

/** Reads the footer only, whatever compression the data has. Throws `rows/bad-footer`. */
export async function readFooter(path: string): Promise<Footer> {
  const { default: parquet } = await import("parquetjs-lite");
  let reader: Awaited<ReturnType<typeof parquet.ParquetEnvelopeReader.openFile>> | undefined;
  try {
    reader = await parquet.ParquetEnvelopeReader.openFile(path);
    await reader.readHeader();
    const footer = await reader.readFooter();
    const columns = new Map<string, { name: string; nested: boolean; nulls: number | undefined; values: number }>();
    // With no row group, the schema is all there is. Its first element is the root.
    for (const element of footer.schema.slice(1)) {
      if (footer.row_groups.length === 0 && !element.num_children) {
        columns.set(JSON.stringify([element.name]), { name: element.name, nested: false, nulls: 0, values: 0 });
      }
    }
    for (const { columns: chunks } of footer.row_groups) {
      for (const { meta_data: chunk } of chunks) {
        const path = chunk.path_in_schema;
        const key = JSON.stringify(path);
        const column = columns.get(key) ?? { name: path.join("."), nested: path.length > 1, nulls: 0, values: 0 };
        const nulls = chunk.statistics?.null_count ?? undefined;
        column.values += Number(chunk.num_values);
        column.nulls = nulls === undefined || column.nulls === undefined ? undefined : column.nulls + Number(nulls);
        columns.set(key, column);
      }
    }
    return { rows: Number(footer.num_rows), rowGroups: footer.row_groups.length, columns: [...columns.values()] };
  } catch (cause) {
    // The library throws bare strings.
    const reason =
      typeof cause === "string" ? cause : ((cause as NodeJS.ErrnoException).code ?? "it is not a Parquet footer");
    throw problems.rowsBadFooter({ file: path, reason }, { cause });
  } finally {
    await reader?.close();
  }
}
