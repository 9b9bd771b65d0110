// Owns the database that finds types, opened when it is first needed.
import { openSeedReader, type SeedReader } from "../warehouse/index.ts";
import { ShellCatalog } from "./shell/shell-catalog.ts";

/** The database is loaded when a type is first asked for, and with everything remembered never. */
export function lazyEngine() {
  let catalog: Promise<ShellCatalog> | undefined;
  let reader: Promise<SeedReader> | undefined;
  return {
    shell(): Promise<ShellCatalog> {
      catalog ??= ShellCatalog.open();
      return catalog;
    },
    seeds(): Promise<SeedReader> {
      reader ??= openSeedReader();
      return reader;
    },
    async close(): Promise<void> {
      (await reader?.catch(() => undefined))?.close();
      (await catalog?.catch(() => undefined))?.close();
    },
  };
}
