// Columns and their types as promises: what fits into what. May not know stores, warehouses or projects.
export { holdsExactly } from "./holds-exactly.ts";
