// Owns the escapes of string literals, as Python reads them: an unknown escape keeps its backslash.
import { syntaxFault } from "./syntax-fault.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|(N\{[^}]*\}|[xuUN])|([\s\S]))/gi;

export function unescapeString(raw: string, at: number): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(ESCAPE, (whole: string, octal, hex, four, eight, refused, char: string | undefined) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const digits: string | undefined = hex ?? four ?? eight;
    // The flags ignore case for the digits, but `\X41` and `\n{…}` are not these escapes.
    const letter = whole[1] ?? "";
    if (digits !== undefined && (letter === "x" || letter === "u" || letter === "U")) {
      const code = Number.parseInt(digits, 16);
      if (code > 0x10ffff) throw syntaxFault(`the escape ${whole} is no character`, at);
      return String.fromCodePoint(code);
    }
    if (refused !== undefined && "xuUN".includes(letter)) {
      throw syntaxFault(
        `the escape \\${letter} in this string is not complete or not supported`,
        at,
        "Write the character itself, or \\uXXXX.",
      );
    }
    if (char === undefined) return `${SIMPLE[letter] ?? `\\${letter}`}${whole.slice(2)}`;
    return SIMPLE[char] ?? whole;
  });
}
