// Owns adding an entry to a list in a YAML file: what is written already keeps every byte, comments and order too.
import { Document, isMap, isScalar, isSeq, parseDocument, type YAMLSeq } from "yaml";

/** Plain data to add; nested maps and lists are written in block style, `FLOW` lists on one line. */
export type YamlValue = string | number | boolean | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** A comment that stands before what a path leads to in an entry. */
export interface YamlComment {
  readonly before: readonly (string | number)[];
  /** Lines without `#`. */
  readonly text: string;
}

/** The text with `entry` at the end of the list under `path` (keys, or `name=value` to find an item of a list). The list is made when absent. */
export function addYamlEntry(
  text: string,
  path: readonly string[],
  entry: YamlValue,
  comments: readonly YamlComment[] = [],
): string {
  const document = parseDocument(text);
  const list = find(document.contents, path);
  if (isSeq(list) && !list.flow && list.items.length > 0) {
    const inserted = insertAfter(text, list, entry, comments);
    if (inserted !== undefined && parseDocument(inserted).errors.length === 0) return inserted;
  }
  const [key] = path;
  if (
    path.length === 1 &&
    key !== undefined &&
    list === undefined &&
    (document.contents === null || isMap(document.contents))
  ) {
    const flow = isMap(document.contents) && document.contents.flow === true;
    if (!flow)
      return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${text.trim() === "" ? "" : "\n"}${render({ [key]: [entry] }, within([key, 0], comments))}`;
  }
  // A list in flow style, or an empty one: the document is written anew, its comments with it.
  if (isSeq(list)) {
    list.flow = false;
    const node = document.createNode(entry);
    annotate(node, comments);
    list.items.push(node);
  } else {
    const node = document.createNode([entry]);
    annotate(node, within([0], comments));
    document.setIn(path, node);
  }
  return document.toString({ lineWidth: 0 });
}

/** The names under a list, as `name:` of its items. */
export function namesUnder(text: string, path: readonly string[]): readonly string[] {
  const list = find(parseDocument(text).contents, path);
  if (!isSeq(list)) return [];
  return list.items.flatMap((item) => {
    const name = isMap(item) ? item.get("name") : undefined;
    return typeof name === "string" ? [name] : [];
  });
}

function find(from: unknown, path: readonly string[]): unknown {
  let node: unknown = from;
  for (const part of path) {
    const named = /^name=(.*)$/.exec(part);
    if (named && isSeq(node)) node = node.items.find((item) => isMap(item) && item.get("name") === named[1]);
    else if (!named && isMap(node)) node = node.get(part, true);
    else return undefined;
  }
  return isScalar(node) && node.value === null ? undefined : node;
}

function insertAfter(
  text: string,
  list: YAMLSeq,
  entry: YamlValue,
  comments: readonly YamlComment[],
): string | undefined {
  const start = list.range?.[0];
  const last = list.items.at(-1);
  const end = (last as { range?: readonly number[] | null } | undefined)?.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  const indent = start - (text.lastIndexOf("\n", start - 1) + 1);
  const rendered = render([entry], within([0], comments)).replace(/^(?=.)/gm, " ".repeat(indent));
  // After the last item's own line, a comment at its end included.
  const lineEnd = text.indexOf("\n", Math.max(start, end - 1));
  if (lineEnd === -1) return `${text}\n${rendered}`;
  // Items that stand apart by an empty line go on standing apart.
  const apart = list.items.length > 1 && (last as { spaceBefore?: boolean }).spaceBefore === true;
  return `${text.slice(0, lineEnd + 1)}${apart ? "\n" : ""}${rendered}${text.slice(lineEnd + 1)}`;
}

function render(value: YamlValue, comments: readonly YamlComment[]): string {
  const document = new Document(value, { version: "1.2" });
  annotate(document.contents, comments);
  return document.toString({ lineWidth: 0, singleQuote: false });
}

function within(path: readonly (string | number)[], comments: readonly YamlComment[]): readonly YamlComment[] {
  return comments.map(({ before, text }) => ({ before: [...path, ...before], text }));
}

function annotate(root: unknown, comments: readonly YamlComment[]): void {
  for (const { before, text } of comments) {
    const node = isMap(root) || isSeq(root) ? root.getIn(before, true) : undefined;
    if (isMap(node) || isSeq(node)) node.commentBefore = text.replace(/^/gm, " ");
  }
}
