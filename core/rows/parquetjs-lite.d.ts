// The part of parquetjs-lite that this folder uses. The package has no types of its own.
declare module "parquetjs-lite" {
  interface Field {
    readonly type: "UTF8";
    readonly optional: boolean;
    readonly statistics: false;
  }

  /** What `openStream` writes to: less than a stream. */
  interface Sink {
    write(bytes: Uint8Array, done: () => void): void;
    end(done: () => void): void;
  }

  class ParquetSchema {
    constructor(fields: Readonly<Record<string, Field>>);
  }

  class ParquetWriter {
    static openStream(
      schema: ParquetSchema,
      sink: Sink,
      options: { readonly rowGroupSize: number },
    ): Promise<ParquetWriter>;
    appendRow(row: Readonly<Record<string, string>>): Promise<void>;
    setRowGroupSize(rows: number): void;
    close(): Promise<void>;
  }

  /** Numbers in a footer are 64-bit: plain ones, or objects whose valueOf() is the number. */
  interface Footer {
    readonly num_rows: { valueOf(): number };
    readonly schema: readonly { readonly name: string; readonly num_children: number | null }[];
    readonly row_groups: readonly {
      readonly columns: readonly {
        readonly meta_data: {
          readonly path_in_schema: readonly string[];
          readonly num_values: { valueOf(): number };
          readonly statistics: { readonly null_count: { valueOf(): number } | null } | null;
        };
      }[];
    }[];
  }

  class ParquetEnvelopeReader {
    static openFile(path: string): Promise<ParquetEnvelopeReader>;
    readHeader(): Promise<void>;
    readFooter(): Promise<Footer>;
    close(): Promise<void>;
  }

  const parquet: {
    readonly ParquetSchema: typeof ParquetSchema;
    readonly ParquetWriter: typeof ParquetWriter;
    readonly ParquetEnvelopeReader: typeof ParquetEnvelopeReader;
  };
  export default parquet;
}
