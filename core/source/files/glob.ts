// Owns the patterns with which tables name their files. Touches no file.

/**
 * A pattern over paths with `/`: `*` and `?` stay within a folder, `**` goes through any number of them, `{a,b}` is one of
 * several, `[ab]` one character. Names that begin with a dot are met only by a pattern that writes the dot.
 */
export function globToRegExp(pattern: string): RegExp {
  let source = "";
  let braces = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? "";
    const atStart = i === 0 || pattern[i - 1] === "/";
    const set = /^\[(!?)([^\]]+)\]/.exec(pattern.slice(i));
    if (character === "*" && pattern[i + 1] === "*" && atStart) {
      const isWhole = pattern[i + 2] === undefined;
      source += isWhole ? "(?:[^./][^/]*/)*[^./][^/]*" : "(?:[^./][^/]*/)*";
      i += isWhole ? 1 : 2;
    } else if (character === "*") source += atStart ? "(?!\\.)[^/]*" : "[^/]*";
    else if (character === "?") source += atStart ? "[^./]" : "[^/]";
    else if (set) {
      source += `[${set[1] === "!" ? "^/" : ""}${(set[2] ?? "").replace(/[\\^]/g, "\\$&")}]`;
      i += set[0].length - 1;
    } else if (character === "{") {
      braces++;
      source += "(?:";
    } else if (character === "}" && braces > 0) {
      braces--;
      source += ")";
    } else if (character === "," && braces > 0) source += "|";
    else source += character.replace(/[.+^$()|\\{}[\]]/g, "\\$&");
  }
  return new RegExp(`^${source}${")".repeat(braces)}$`, "u");
}
