// Owns the list of stores with a type matrix, in the order of docs/type-matrix.md.
import { mariadbTypes } from "./mariadb.ts";
import { postgresTypes } from "./postgres.ts";
import { sqliteTypes } from "./sqlite.ts";
import type { StoreTypes } from "./store-types.ts";

export const STORE_TYPES: readonly StoreTypes[] = [postgresTypes, mariadbTypes, sqliteTypes];
