// Owns cutting SQL into tokens without understanding it: where strings, quoted names and comments begin and end.

export type SqlTokenKind = "space" | "comment" | "string" | "name" | "word" | "operator" | "symbol";

export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly text: string;
  readonly start: number;
}

// In this order: what begins like an operator may be a comment.
const RULES: readonly (readonly [SqlTokenKind, RegExp])[] = [
  ["space", /\s+/y],
  ["comment", /--[^\n]*/y],
  ["string", /[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/y],
  ["string", /(?:[uU]&)?'(?:[^']|'')*(?:'|$)/y],
  ["name", /(?:[uU]&)?"(?:[^"]|"")*(?:"|$)/y],
  // A dot belongs to what it touches: `1.5` is one number and `a.b` one name, while `a . b` is three tokens.
  ["word", /[\p{L}\p{N}_$.]+/uy],
  ["operator", /[-+*/<>=~!@#%^&|`?:]+/y],
  ["symbol", /[\s\S]/y],
];

/** Every character is in exactly one token. What is not closed reaches to the end. */
export function tokenizeSql(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = blockComment(sql, at) ?? dollarString(sql, at) ?? byRule(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function byRule(sql: string, start: number): SqlToken {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = start;
    const text = rule.exec(sql)?.[0];
    if (text === undefined) continue;
    return { kind, start, text: kind === "operator" ? beforeComment(text) : text };
  }
  return { kind: "symbol", start, text: sql.charAt(start) };
}

/** `a*--b` is an operator and a comment. */
function beforeComment(operator: string): string {
  const comment = operator.search(/--|\/\*/);
  return comment > 0 ? operator.slice(0, comment) : operator;
}

/** Block comments nest. */
function blockComment(sql: string, start: number): SqlToken | undefined {
  if (!sql.startsWith("/*", start)) return undefined;
  let depth = 0;
  let at = start;
  do {
    if (sql.startsWith("/*", at)) {
      depth++;
      at += 2;
    } else if (sql.startsWith("*/", at)) {
      depth--;
      at += 2;
    } else at++;
  } while (depth > 0 && at < sql.length);
  return { kind: "comment", start, text: sql.slice(start, at) };
}

const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/** `$$ … $$` or `$tag$ … $tag$`. */
function dollarString(sql: string, start: number): SqlToken | undefined {
  if (sql[start] !== "$") return undefined;
  DOLLAR_TAG.lastIndex = start;
  const tag = DOLLAR_TAG.exec(sql)?.[0];
  if (tag === undefined) return undefined;
  const close = sql.indexOf(tag, start + tag.length);
  const end = close < 0 ? sql.length : close + tag.length;
  return { kind: "string", start, text: sql.slice(start, end) };
}
