// Owns reading what DuckDB says when it fails, and cutting the values of rows out of it.

export interface EngineFailure {
  /** DuckDB's class: Binder, Catalog, Parser, Conversion, IO, Interrupt, Out of Memory … */
  readonly type: string;
  /** Without values of rows. */
  readonly reason: string;
  /** As DuckDB said it; may hold values: never shown. */
  readonly raw: string;
  /** UTF-16 offset in the statement. */
  readonly offset?: number;
  readonly errno?: number;
}

/** Classes whose messages speak of the statement, not of rows. */
const ABOUT_THE_STATEMENT = new Set([
  "Parser",
  "Binder",
  "Catalog",
  "Syntax",
  "Not implemented",
  "IO",
  "Out of Memory",
  "Permission",
  "Interrupt",
  "Transaction",
  "INTERNAL",
]);

export function readEngineFailure(error: unknown, sql: string): EngineFailure {
  const text = error instanceof Error ? error.message : String(error);
  const fields = parseFields(text);
  const type = fields?.exception_type ?? /^([A-Z][\w ]*?) Error:/.exec(text)?.[1] ?? "Unknown";
  const raw = fields?.exception_message ?? text.replace(/^[A-Z][\w ]*? Error: /, "");
  const offset = fields?.position === undefined ? undefined : utf16Offset(sql, Number(fields.position));
  return {
    type,
    raw,
    reason: ABOUT_THE_STATEMENT.has(type) ? raw : withoutValues(raw),
    ...(offset !== undefined && pointsAtStatement(type, sql, offset) && { offset }),
    ...(fields?.errno !== undefined && { errno: Number(fields.errno) }),
  };
}

interface Fields {
  readonly exception_type?: string;
  readonly exception_message?: string;
  readonly position?: string;
  readonly errno?: string;
}

/** With `errors_as_json` the message is JSON, for parser errors after a prefix. */
function parseFields(text: string): Fields | undefined {
  const start = text.indexOf("{");
  if (start < 0) return undefined;
  try {
    const parsed: unknown = JSON.parse(text.slice(start));
    return typeof parsed === "object" && parsed !== null && "exception_message" in parsed
      ? (parsed as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** DuckDB counts bytes of UTF-8. */
function utf16Offset(sql: string, bytes: number): number {
  return Buffer.from(sql, "utf8").subarray(0, bytes).toString("utf8").length;
}

/** A failure while rows flow may come from inside a view; then the position is one in the view's text, not in this one. */
function pointsAtStatement(type: string, sql: string, offset: number): boolean {
  if (offset > sql.length) return false;
  if (type === "Parser" || type === "Binder" || type === "Catalog") return true;
  return /^(::|(try_)?cast\s*\()/i.test(sql.slice(offset));
}

const SHAPES: readonly [RegExp, (match: RegExpExecArray) => string][] = [
  [
    /^(?:Could not convert|Failed to cast) string [\s\S]* to ([\w()," ]+?)(?: when casting from source column ([^\n]+))?$/,
    (m) => `a value is not ${typeName(m[1])}${column(m[2])}`,
  ],
  [
    /^Type (\S+) with value [\s\S]* destination type (\S+?)(?: when casting from source column ([^\n]+))?$/,
    (m) => `${typeName(m[1])} value is out of range for ${m[2]}${column(m[3])}`,
  ],
  [/^Could not cast value [\s\S]* to (\S+)/, (m) => `a value does not fit ${m[1]}`],
  [/^Malformed JSON/, () => "a value is not valid JSON"],
];

const SPELLINGS: Readonly<Record<string, string>> = {
  INT8: "TINYINT",
  INT16: "SMALLINT",
  INT32: "INTEGER",
  INT64: "BIGINT",
};

function typeName(type = ""): string {
  const name = SPELLINGS[type] ?? type;
  return `${/^[AEIO]/i.test(name) ? "an" : "a"} ${name}`;
}

function column(name: string | undefined): string {
  return name === undefined ? "" : ` (column ${name})`;
}

/** Known shapes become a sentence without the value; in any other, quoted text and numbers are blanked. */
function withoutValues(message: string): string {
  for (const [shape, say] of SHAPES) {
    const match = shape.exec(message);
    if (match) return say(match);
  }
  return message
    .replace(/Original Line:[\s\S]*$/, "")
    .replace(/"[\s\S]*"/g, '"…"')
    .replace(/(^|[\s(:=])'[\s\S]*'/g, "$1'…'")
    .replace(/(?<![\w])-?\d[\d.,:eE+-]*/g, "…")
    .trim();
}
