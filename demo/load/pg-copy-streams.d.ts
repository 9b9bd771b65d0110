// The part of pg-copy-streams that this folder uses. The package has no types of its own.
declare module "pg-copy-streams" {
  import type { Writable } from "node:stream";
  import type { Submittable } from "pg";

  export function from(sql: string): Writable & Submittable & { readonly rowCount: number | null };
}
