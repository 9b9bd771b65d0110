// Owns the form of SQL in which formatting is gone: equal for texts that differ in whitespace and comments alone.
import { type SqlTokenKind, tokenizeSql } from "./tokenize-sql.ts";

/**
 * Tokens with one space between them. Case is kept: it decides how a column is spelt. Two texts that mean different
 * things never have one form; two that mean the same may have two, which costs a rebuild and nothing else.
 */
export function canonicalSql(sql: string): string {
  let out = "";
  let gap = "";
  let lineBreak = false;
  let before: SqlTokenKind | undefined;
  for (const { kind, text } of tokenizeSql(sql)) {
    if (kind === "space" || kind === "comment") {
      gap = " ";
      lineBreak ||= kind === "space" && text.includes("\n");
      continue;
    }
    if (before !== undefined) {
      // `x'00'` is one literal and `x '00'` is not; strings on two lines are one string, on one line they are not.
      const touches = kind === "string" && (before === "word" || before === "string");
      out += touches ? (before === "string" && lineBreak ? "\n" : gap) : " ";
    }
    out += text;
    before = kind;
    gap = "";
    lineBreak = false;
  }
  return out;
}
