// Owns cutting a template into tokens where Jinja2 cuts it, in nunjucks' token types. nunjucks' own lexer reads `r/2` as a
// regular expression, loses backslashes and knows no `1e3`, so it is not used; its parser reads these tokens.
import lexer from "nunjucks/src/lexer.js";
import { syntaxFault } from "./syntax-fault.ts";
import { unescapeString } from "./unescape-string.ts";

export interface Token {
  /** nunjucks copies `lineno` into its nodes: it carries the offset. */
  readonly lineno: number;
  readonly type: string;
  readonly value: string;
  /** Offset in the normalised text. */
  readonly at: number;
  readonly end: number;
}

/** Jinja2's input normalisation: every newline is `\n`, and one final newline is dropped. */
export function normaliseText(content: string): string {
  const text = content.includes("\r") ? content.replace(/\r\n?/g, "\n") : content;
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

const OPENING = /\{[%{#]/g;
const RAW_BEGIN = /\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})/y;
const RAW_END = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\})/g;
const COMMENT_END = /\+#\}|-#\}\s*|#\}/g;
const BLOCK_END = /\+%\}|-%\}\s*|%\}/y;
const VARIABLE_END = /-\}\}\s*|\}\}/y;
const SPACE = /\s+/y;
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}\p{M}_]+/uy;
const STRING = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y;

const [ZERO, NINE, SINGLE, DOUBLE, MAX_ASCII] = [48, 57, 39, 34, 127];
const WORD = Array.from({ length: 128 }, (_, code) => /\w/.test(String.fromCharCode(code)));
const isWordCode = (code: number): boolean => WORD[code] === true;

const OPERATOR_TYPES: Readonly<Record<string, string>> = {
  "(": lexer.TOKEN_LEFT_PAREN,
  ")": lexer.TOKEN_RIGHT_PAREN,
  "[": lexer.TOKEN_LEFT_BRACKET,
  "]": lexer.TOKEN_RIGHT_BRACKET,
  "{": lexer.TOKEN_LEFT_CURLY,
  "}": lexer.TOKEN_RIGHT_CURLY,
  ",": lexer.TOKEN_COMMA,
  ":": lexer.TOKEN_COLON,
  "~": lexer.TOKEN_TILDE,
  "|": lexer.TOKEN_PIPE,
};
const PARTNER: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The tokens of a normalised text. Comments and raw tags are gone, whitespace control is done. Throws SyntaxFault. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.test(text) ? text.slice(at, pattern.lastIndex) : undefined;
  };
  const push = (type: string, value: string, start: number, end: number) =>
    tokens.push({ type, value, lineno: start, at: start, end });
  const pushData = (end: number, trim: boolean) => {
    const value = text.slice(at, end);
    const kept = trim ? value.trimEnd() : value;
    if (kept !== "") push(lexer.TOKEN_DATA, kept, at, at + kept.length);
  };

  while (at < text.length) {
    OPENING.lastIndex = at;
    const open = OPENING.exec(text);
    if (!open) {
      pushData(text.length, false);
      break;
    }
    const start = open.index;
    pushData(start, text[start + 2] === "-");
    at = start;
    if (open[0] === "{#") {
      // `{#-#}` and `{#-}`: the sign belongs to the opening when something closes after it.
      COMMENT_END.lastIndex = start + (text[start + 2] === "-" || text[start + 2] === "+" ? 3 : 2);
      const close = COMMENT_END.exec(text);
      if (!close) throw syntaxFault("this comment is never closed", start, "Close it with `#}`.");
      at = close.index + close[0].length;
      continue;
    }
    const raw = open[0] === "{%" ? match(RAW_BEGIN) : undefined;
    if (raw !== undefined) {
      at += raw.length;
      RAW_END.lastIndex = at;
      const close = RAW_END.exec(text);
      if (!close) throw syntaxFault("this `raw` block is never closed", start, "Close it with `{% endraw %}`.");
      pushData(close.index, close[1] === "-");
      at = close.index + close[0].length;
      continue;
    }
    const isBlock = open[0] === "{%";
    at += text[start + 2] === "-" || text[start + 2] === "+" ? 3 : 2;
    push(isBlock ? lexer.TOKEN_BLOCK_START : lexer.TOKEN_VARIABLE_START, open[0], start, at);
    const brackets: string[] = [];
    for (;;) {
      at += match(SPACE)?.length ?? 0;
      if (at >= text.length) {
        throw syntaxFault(`this \`${open[0]}\` is never closed`, start, `Close it with \`${isBlock ? "%}" : "}}"}\`.`);
      }
      // Inside brackets `}}` closes two dicts, not the tag.
      const end = brackets.length === 0 ? match(isBlock ? BLOCK_END : VARIABLE_END) : undefined;
      if (end !== undefined) {
        push(isBlock ? lexer.TOKEN_BLOCK_END : lexer.TOKEN_VARIABLE_END, isBlock ? "%}" : "}}", at, at + end.length);
        at += end.length;
        break;
      }
      at = pushCode(text, at, push, brackets);
    }
  }
  return tokens;
}

function pushCode(
  text: string,
  at: number,
  push: (type: string, value: string, start: number, end: number) => void,
  brackets: string[],
): number {
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.test(text) ? text.slice(at, pattern.lastIndex) : undefined;
  };
  const add = (type: string, raw: string, value = raw) => {
    push(type, value, at, at + raw.length);
    return at + raw.length;
  };
  const first = text.charCodeAt(at);
  if (first >= ZERO && first <= NINE) {
    const float = match(FLOAT);
    if (float !== undefined) return add(lexer.TOKEN_FLOAT, float);
    const integer = match(INTEGER);
    if (integer !== undefined) return add(lexer.TOKEN_INT, integer);
  }
  if (first > MAX_ASCII || isWordCode(first)) {
    const name = match(NAME);
    if (name !== undefined) return add(lexer.TOKEN_SYMBOL, name);
  }
  const string = first === SINGLE || first === DOUBLE ? match(STRING) : undefined;
  if (string !== undefined) return add(lexer.TOKEN_STRING, string, unescapeString(string.slice(1, -1), at));
  const operator = match(OPERATOR);
  if (operator === undefined) {
    const char = text[at] ?? "";
    if (char === "'" || char === '"') throw syntaxFault("this string is never closed", at, `Close it with ${char}.`);
    throw syntaxFault(`unexpected character "${char}"`, at);
  }
  if (operator === "(" || operator === "[" || operator === "{") brackets.push(operator);
  const partner = PARTNER[operator];
  const open = partner === undefined ? undefined : brackets.pop();
  if (open !== partner) {
    throw syntaxFault(
      open === undefined ? `unexpected "${operator}"` : `the bracket "${open}" is not closed before "${operator}"`,
      at,
    );
  }
  return add(OPERATOR_TYPES[operator] ?? lexer.TOKEN_OPERATOR, operator);
}
