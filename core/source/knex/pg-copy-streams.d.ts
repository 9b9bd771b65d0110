// The part of pg-copy-streams that this folder uses. The package has no types of its own.
declare module "pg-copy-streams" {
  import type { Readable } from "node:stream";
  import type { Submittable } from "pg";

  /** Ends once all rows came; `rowCount` is known when the connection is ready for the next query. */
  class CopyToStream extends Readable implements Submittable {
    readonly rowCount: number;
    submit(connection: unknown): void;
  }

  export function to(sql: string, options?: { readonly highWaterMark?: number }): CopyToStream;
}
