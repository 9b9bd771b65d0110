// Owns what a column of a store would be declared as. Classifies nothing: what a column holds only its owner knows.
import type { StoreColumn } from "../source/index.ts";
import { kindOfType } from "./store-type.ts";

export interface SuggestedColumn {
  readonly name: string;
  /** Present when the store's name is another. */
  readonly identifier?: string;
  /** The exact type; where there is none, what the store calls it, or varchar, which holds the store's own text. */
  readonly type: string;
}

const NAME = /^[a-z_][a-z0-9_]{0,99}$/;

/** Names as a mesh writes them: `createdAt` is `created_at`. Two that would be the same get a number. */
export function suggestColumns(
  columns: readonly Pick<StoreColumn, "name" | "storeType" | "type">[],
): readonly SuggestedColumn[] {
  const taken = new Set(columns.map(({ name }) => name).filter((name) => NAME.test(name)));
  return columns.map(({ name: identifier, storeType, type: exact }) => {
    const type = (exact ?? likelyType(storeType)).toLowerCase();
    if (NAME.test(identifier)) return { name: identifier, type };
    const wanted = suggestName(identifier);
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
    taken.add(name);
    return { name, identifier, type };
  });
}

const MAX_PRECISION = 38;

/** Where no type is exact, what the column's own name for it says: values that do not fit are refused as they are read. */
function likelyType(storeType: string): string {
  if (/^tinyint\(1\)$/i.test(storeType)) return "boolean";
  const kind = kindOfType(storeType);
  if (kind === "decimal") {
    const [, precision, scale = "0"] = /\((\d+) ?(?:, ?(\d+) ?)?\)/.exec(storeType) ?? [];
    return Number(precision) <= MAX_PRECISION ? `decimal(${precision},${scale})` : "varchar";
  }
  return ["boolean", "date", "timestamp", "timestamptz", "uuid", "json"].includes(kind) ? kind : "varchar";
}

/** One line of YAML. */
export function declarationOf(column: Pick<StoreColumn, "name" | "storeType" | "type">): string {
  const [{ name, identifier, type }] = suggestColumns([column]) as readonly [SuggestedColumn];
  const parts = [
    `name: ${name}`,
    ...(identifier === undefined ? [] : [`identifier: ${JSON.stringify(identifier)}`]),
    `data_type: ${/^[a-z ]+$/.test(type) ? type : JSON.stringify(type)}`,
  ];
  return `{ ${parts.join(", ")} }`;
}

/** `createdAt` is `created_at`. */
export function suggestName(identifier: string): string {
  if (NAME.test(identifier)) return identifier;
  const words = identifier
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "_")
    .replaceAll(/_{2,}/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 96);
  if (words === "") return "column_1";
  return /^[a-z]/.test(words) ? words : `c_${words}`;
}
