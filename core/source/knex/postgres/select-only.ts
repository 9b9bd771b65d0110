// Owns seeing, without a server, that a text is one SELECT of Postgres. Knows quotes and comments; the grammar is the server's.

const TOKENS =
  /--[^\n]*|\/\*|(?<![A-Za-z0-9_])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![A-Za-z0-9_$])\$([A-Za-z_][A-Za-z0-9_]*)?\$|[();]|[A-Za-z_][A-Za-z0-9_$]*/g;
const BEGINS = new Set(["SELECT", "WITH", "VALUES", "TABLE"]);
const LONGEST_WORD = 30;

export type OneSelect = { readonly select: string } | { readonly refused: string };

/** The query without what follows its end, or what is wrong with it as far as can be seen from here. */
export function oneSelect(query: string): OneSelect {
  let depth = 0;
  let first: string | undefined;
  let end: number | undefined;
  const tokens = new RegExp(TOKENS);
  for (let match = tokens.exec(query); match !== null; match = tokens.exec(query)) {
    const [token, tag] = match;
    if (token.startsWith("--")) continue;
    if (token === "/*") {
      const after = endOfComment(query, tokens.lastIndex);
      if (after === undefined) return { refused: "a comment has no end" };
      tokens.lastIndex = after;
      continue;
    }
    if (end !== undefined) return { refused: "it holds more than one statement" };
    if (token.startsWith("$")) {
      const close = query.indexOf(`$${tag ?? ""}$`, tokens.lastIndex);
      if (close < 0) return { refused: "a quoted text has no end" };
      tokens.lastIndex = close + token.length;
    } else if (token === "(") depth++;
    else if (token === ")") {
      depth--;
      if (depth < 0) return { refused: "it closes a bracket that it did not open" };
    } else if (token === ";") {
      if (depth > 0) return { refused: "a semicolon stands inside brackets" };
      end = match.index;
    } else if (first === undefined && /^[A-Za-z_]/.test(token)) first = token;
  }
  if (first === undefined) return { refused: "it is empty" };
  if (!BEGINS.has(first.toUpperCase()))
    return { refused: `it begins with ${first.slice(0, LONGEST_WORD).toUpperCase()}` };
  return depth > 0 ? { refused: "a bracket is not closed" } : { select: query.slice(0, end) };
}

/** Comments nest in Postgres. The position after the end. */
function endOfComment(text: string, from: number): number | undefined {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 1;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return undefined;
}
