// Owns choosing the adapter of a state store.
import type { StateStore } from "./types.ts";

/** Where the state is. `connection` is a postgres:// URL with its secrets resolved; `path` is absolute. */
export type StateLocation =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly connection: string; readonly schema: string };

export interface OpenStateOptions {
  /** How long a SQLite write waits for another process before `state/locked`. 10 s by default. */
  readonly busyTimeoutMs?: number;
  /** After how long without a word from Postgres a connection is given up, with whatever waits on it. 60 s by default; migrations wait on. */
  readonly silentMs?: number;
}

/**
 * Opens a state store; the caller closes it, and calls `migrate` before anything else. Every method throws MeshError only.
 * Throws `state/not-writable` when the file's folder cannot be made and `state/connection-invalid`; the rest shows at first use.
 */
export async function openState(location: StateLocation, options: OpenStateOptions = {}): Promise<StateStore> {
  const adapter = await import("./knex/knex-state.ts");
  return location.kind === "sqlite"
    ? adapter.openSqliteState(location.path, options.busyTimeoutMs ?? 10_000)
    : adapter.openPostgresState(location.connection, location.schema, options.silentMs ?? 60_000);
}
