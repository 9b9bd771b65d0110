// Owns the wildcards of selection: `* ? [abc] [!abc]`, as in Python's fnmatch, which dbt uses; and `/`-aware ones for paths.

const cache = new Map<string, RegExp>();

export function hasWildcard(text: string): boolean {
  return /[*?[\]]/.test(text);
}

/** True when the whole text matches. `*` crosses dots and slashes. */
export function matchesPattern(text: string, pattern: string): boolean {
  return compiled(pattern, ".*", ".").test(text);
}

/** True when the whole path matches. `*` stays within a folder, `**` crosses folders. */
export function matchesPath(path: string, pattern: string): boolean {
  return compiled(pattern, "[^/]*", "[^/]").test(path);
}

function compiled(pattern: string, star: string, one: string): RegExp {
  const key = `${star} ${pattern}`;
  let regexp = cache.get(key);
  if (!regexp) {
    regexp = new RegExp(`^${translate(pattern, star, one)}$`, "su");
    cache.set(key, regexp);
  }
  return regexp;
}

function translate(pattern: string, star: string, one: string): string {
  let out = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? "";
    if (pattern.startsWith("**/", i)) {
      out += "(?:.*/)?";
      i += 2;
    } else if (pattern.startsWith("**", i)) {
      out += ".*";
      i += 1;
    } else if (char === "*") out += star;
    else if (char === "?") out += one;
    else if (char === "[") {
      // As in fnmatch: a `]` right after the opening (or the `!`) belongs to the set; without an end it is a plain `[`.
      const from = pattern[i + 1] === "!" ? i + 2 : i + 1;
      const end = pattern.indexOf("]", from + 1);
      if (end < 0) out += "\\[";
      else {
        out += `[${from === i + 2 ? "^" : ""}${set(pattern.slice(from, end))}]`;
        i = end;
      }
    } else out += char.replace(/[\\^$.|+(){}\]/-]/g, "\\$&");
  }
  return out;
}

/** The inside of a set. A range the wrong way round, such as `z-a`, holds nothing, as in fnmatch. */
function set(inside: string): string {
  const literal = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  let out = "";
  const chars = [...inside];
  for (let i = 0; i < chars.length; i++) {
    const [low = "", dash, high] = chars.slice(i, i + 3);
    if (dash === "-" && high !== undefined) {
      if (low <= high) out += `${literal(low)}-${literal(high)}`;
      i += 2;
    } else out += literal(low);
  }
  return out;
}
