// Owns reading what the shell catalog's database says when it refuses a statement. Makes no problems for people.

export interface ShellFailure {
  /** The database's class: Parser, Binder, Catalog, Permission … */
  readonly type: string;
  readonly subtype?: string;
  /** First line of the message. */
  readonly reason: string;
  /** The name it stumbled on. */
  readonly name?: string;
  /** What a missing entry would be: `Table`, `Scalar Function` … */
  readonly entry?: string;
  readonly candidates: readonly string[];
  /** The call whose types do not fit. */
  readonly call?: string;
  /** UTF-16 offset in the statement. */
  readonly offset?: number;
}

interface Fields {
  readonly exception_type?: string;
  readonly exception_message?: string;
  readonly error_subtype?: string;
  readonly name?: string;
  readonly type?: string;
  readonly call?: string;
  readonly candidates?: string;
  readonly position?: string;
}

/** `sql` is the statement that failed. */
export function readShellFailure(error: unknown, sql: string): ShellFailure {
  const text = error instanceof Error ? error.message : String(error);
  const fields = parseFields(text);
  const message = fields.exception_message ?? text;
  const { subtype, name, candidates } = refine(fields, message);
  const position = fields.position === undefined ? undefined : Number(fields.position);
  const offset = position === undefined ? undefined : utf16Offset(sql, position);
  return {
    type: fields.exception_type ?? "Unknown",
    reason: message.split("\n")[0] ?? message,
    candidates,
    ...(subtype !== undefined && { subtype }),
    ...(name !== undefined && { name }),
    ...(fields.type !== undefined && { entry: fields.type }),
    ...(fields.call !== undefined && { call: fields.call }),
    ...(offset !== undefined && { offset }),
  };
}

function parseFields(text: string): Fields {
  const start = text.indexOf("{");
  if (start < 0) return {};
  try {
    const parsed: unknown = JSON.parse(text.slice(start));
    return typeof parsed === "object" && parsed !== null ? (parsed as Fields) : {};
  } catch {
    return {};
  }
}

interface Refined {
  readonly subtype?: string | undefined;
  readonly name?: string | undefined;
  readonly candidates: readonly string[];
}

/** Some failures say only in words what others say in fields. */
function refine(fields: Fields, message: string): Refined {
  const given = (fields.candidates ?? "").split(",").filter((candidate) => candidate !== "");
  const column = /^(?:Table|Values list) "(.+)" does not have a column named "(.+)"/.exec(message);
  if (column)
    return { subtype: "COLUMN_NOT_FOUND", name: column[2], candidates: quoted(message, "Candidate bindings") };
  const table = /^Referenced table "(.+)" not found!/.exec(message);
  if (table) return { subtype: "TABLE_NOT_IN_FROM", name: table[1], candidates: quoted(message, "Candidate tables") };
  const schema = /^Table with name "(.+)" does not exist because schema/.exec(message);
  if (schema) return { subtype: "MISSING_TABLE", name: schema[1], candidates: given };
  if (fields.error_subtype === "MISSING_ENTRY" && fields.type === "Table") {
    return { subtype: "MISSING_TABLE", name: fields.name, candidates: given };
  }
  return { subtype: fields.error_subtype, name: fields.name, candidates: given };
}

/** The quoted names on the line that starts with `heading`. */
function quoted(message: string, heading: string): readonly string[] {
  const line = message.split("\n").find((one) => one.startsWith(heading)) ?? "";
  return [...line.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
}

/** The database counts bytes of UTF-8. */
function utf16Offset(sql: string, bytes: number): number {
  return Buffer.from(sql, "utf8").subarray(0, bytes).toString("utf8").length;
}
