// Owns reading JSON text without losing anything: numbers keep their digits, nested values their text. Knows no columns.

export type JsonNode =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** `text` as it stands: 9007199254740993 and 1.10 stay what they are. */
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly JsonNode[]; readonly text: string }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonNode>; readonly text: string };

/** Text that is not JSON. Says where and why, never what stands there. */
export class JsonTextError extends Error {
  /** In UTF-16 units from the start. */
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

const MAX_DEPTH = 500;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const PLAIN_STRING = /"([^"\\\u0000-\u001f]*)"/y;
const ANY_STRING = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Stricter than `JSON.parse`: a key that stands twice and half a surrogate pair are refused. Throws JsonTextError. */
export function readJson(text: string): JsonNode {
  let at = 0;

  const fail = (reason: string): never => {
    throw new JsonTextError(reason, at);
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const skipSpace = () => {
    match(SPACE);
  };
  const take = (character: string): boolean => {
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const readString = (): string => {
    const start = at;
    const plain = match(PLAIN_STRING);
    const value = plain
      ? (plain[1] ?? "")
      : match(ANY_STRING)
        ? (JSON.parse(text.slice(start, at)) as string)
        : undefined;
    if (value === undefined) return fail("a text does not end, or holds a control character or a wrong escape");
    if (/\p{Surrogate}/u.test(value)) {
      at = start;
      fail("a text holds half a surrogate pair, which no encoding can carry");
    }
    return value;
  };

  const readArray = (depth: number): JsonNode => {
    const start = at++;
    const items: JsonNode[] = [];
    skipSpace();
    if (!take("]")) {
      do items.push(readValue(depth + 1));
      while (take(","));
      if (!take("]")) fail("a list is not closed: expected , or ]");
    }
    return { kind: "array", items, text: text.slice(start, at) };
  };
  const readObject = (depth: number): JsonNode => {
    const start = at++;
    const members = new Map<string, JsonNode>();
    skipSpace();
    if (!take("}")) {
      do {
        skipSpace();
        if (text[at] !== '"') fail("expected a key in double quotes");
        const keyAt = at;
        const key = readString();
        skipSpace();
        if (!take(":")) fail("expected : after a key");
        if (members.has(key)) {
          at = keyAt;
          fail("a key stands twice in one object");
        }
        members.set(key, readValue(depth + 1));
      } while (take(","));
      if (!take("}")) fail("an object is not closed: expected , or }");
    }
    return { kind: "object", members, text: text.slice(start, at) };
  };
  const readValue = (depth: number): JsonNode => {
    if (depth > MAX_DEPTH) fail(`it is nested deeper than ${MAX_DEPTH} levels`);
    skipSpace();
    const node = readBare(depth);
    skipSpace();
    return node;
  };
  const readBare = (depth: number): JsonNode => {
    switch (text[at]) {
      case "{":
        return readObject(depth);
      case "[":
        return readArray(depth);
      case '"':
        return { kind: "string", value: readString() };
      case undefined:
        return fail("it ends in the middle");
    }
    const number = match(NUMBER);
    if (number) return { kind: "number", text: number[0] };
    for (const [word, node] of WORDS) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return node;
    }
    return fail("expected a value");
  };

  const node = readValue(0);
  if (at < text.length) fail("something follows the end of the value");
  return node;
}

const WORDS: readonly (readonly [string, JsonNode])[] = [
  ["true", { kind: "boolean", value: true }],
  ["false", { kind: "boolean", value: false }],
  ["null", { kind: "null" }],
];

/** What a path such as `data.items` leads to; undefined when a step of it is missing. An empty path is the whole. */
export function nodeAt(node: JsonNode, path: string): JsonNode | undefined {
  let found: JsonNode | undefined = node;
  for (const step of path === "" ? [] : path.split("."))
    found = found?.kind === "object" ? found.members.get(step) : undefined;
  return found;
}

/** Line and column, both from 1, of an offset in the text. */
export function placeInText(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
