// Owns reading DuckDB's type names: scalars, and the types nested in lists, arrays, structs and maps.

export type ColumnType =
  /** `name` is upper case and without arguments; `text` is the whole as DuckDB writes it. */
  | { readonly kind: "scalar"; readonly name: string; readonly text: string }
  | { readonly kind: "list"; readonly item: ColumnType /** Of a fixed-size array. */; readonly size?: string }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] }
  | { readonly kind: "map"; readonly key: ColumnType; readonly value: ColumnType };

/** The type as DuckDB's DESCRIBE writes it. Anything it cannot take apart is a scalar. */
export function parseColumnType(text: string): ColumnType {
  const trimmed = text.trim();
  const list = /^([\s\S]*)\[(\d*)\]$/.exec(trimmed);
  if (list) return { kind: "list", item: parseColumnType(list[1] ?? ""), ...(list[2] && { size: list[2] }) };
  const nested = /^(STRUCT|MAP)\s*\(([\s\S]*)\)$/i.exec(trimmed);
  const parts = nested && splitArguments(nested[2] ?? "");
  if (parts && nested?.[1]?.toUpperCase() === "MAP" && parts.length === 2) {
    return { kind: "map", key: parseColumnType(parts[0] ?? ""), value: parseColumnType(parts[1] ?? "") };
  }
  if (parts && nested?.[1]?.toUpperCase() === "STRUCT") {
    const fields = parts.map((part) => /^\s*("(?:[^"]|"")*"|\S+)\s+([\s\S]+)$/.exec(part));
    if (fields.every((field) => field !== null)) {
      return {
        kind: "struct",
        fields: fields.map((field) => ({ name: field[1] ?? "", type: parseColumnType(field[2] ?? "") })),
      };
    }
  }
  const name = trimmed
    .replace(/\([\s\S]*\)/, "")
    .replace(/\s+/g, " ")
    .trim()
    .toUpperCase();
  return { kind: "scalar", name: ALIASES[name] ?? name, text: trimmed };
}

const ALIASES: Readonly<Record<string, string>> = {
  "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
  "TIME WITH TIME ZONE": "TIMETZ",
};

/** The type's name again, with scalars replaced as told. */
export function formatColumnType(
  type: ColumnType,
  scalar: (type: Extract<ColumnType, { kind: "scalar" }>) => string,
): string {
  switch (type.kind) {
    case "scalar":
      return scalar(type);
    case "list":
      return `${formatColumnType(type.item, scalar)}[${type.size ?? ""}]`;
    case "map":
      return `MAP(${formatColumnType(type.key, scalar)}, ${formatColumnType(type.value, scalar)})`;
    case "struct":
      return `STRUCT(${type.fields.map((field) => `${field.name} ${formatColumnType(field.type, scalar)}`).join(", ")})`;
  }
}

/** Every scalar in the type. */
export function* scalarsOf(type: ColumnType): Generator<Extract<ColumnType, { kind: "scalar" }>> {
  if (type.kind === "scalar") yield type;
  else if (type.kind === "list") yield* scalarsOf(type.item);
  else if (type.kind === "map") {
    yield* scalarsOf(type.key);
    yield* scalarsOf(type.value);
  } else for (const field of type.fields) yield* scalarsOf(field.type);
}

/** Splits at commas that are in no parentheses and no quotes. */
function splitArguments(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const match of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[(),[\]]/g)) {
    const token = match[0];
    if (token === "(" || token === "[") depth++;
    else if (token === ")" || token === "]") depth--;
    else if (token === "," && depth === 0) {
      parts.push(text.slice(start, match.index));
      start = match.index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}
