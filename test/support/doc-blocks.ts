// Owns reading a Markdown page: its fenced blocks with the words of their fence, its links and its headings. Runs nothing.

/*
 * What a page's author can write:
 *
 *   ```sh                                   run in bash, must exit with 0
 *   ```sh exit=1                            must exit with that code
 *   ```sh no-run reason="needs a terminal"  shown, not run
 *   ```text output                          must be in what the block before printed; a line `...` stands for any lines,
 *                                           `<...>` inside a line for any text
 *   ```yaml file=projects/a/project.yml     written to that file before the next block runs
 *
 * and, once on a page, <!-- workspace: mesh --> to start in a copy of the repository's mesh instead of an empty folder.
 */

export interface DocBlock {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly noRun: boolean;
  readonly reason: string | undefined;
  readonly exit: number;
  readonly output: boolean;
  readonly file: string | undefined;
  /** Words of the fence that have no meaning. */
  readonly unknown: readonly string[];
}

export interface DocLink {
  readonly line: number;
  readonly target: string;
}

export interface DocPage {
  readonly blocks: readonly DocBlock[];
  readonly links: readonly DocLink[];
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  readonly workspace: "empty" | "mesh";
}

const SHELLS = new Set(["sh", "bash", "shell", "console"]);

export const isShell = (block: DocBlock) => SHELLS.has(block.language);

export function readPage(markdown: string): DocPage {
  const blocks: DocBlock[] = [];
  const links: DocLink[] = [];
  const anchors = new Set<string>();
  let open: { fence: string; indent: number; info: string; line: number; text: string[] } | undefined;
  for (const [i, line] of markdown.split("\n").entries()) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open !== undefined) {
      if (fence?.[2]?.startsWith(open.fence) && fence[3] === "") {
        blocks.push(makeBlock(open.info, open.line, `${open.text.join("\n")}\n`));
        open = undefined;
      } else open.text.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
      continue;
    }
    if (fence !== null) {
      open = { fence: fence[2] ?? "", indent: fence[1]?.length ?? 0, info: fence[3] ?? "", line: i + 1, text: [] };
      continue;
    }
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line);
    if (heading !== null) anchors.add(uniqueAnchor(heading[1] ?? "", anchors));
    const prose = line.replace(/`[^`]*`/g, "");
    for (const [, target] of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g))
      links.push({ line: i + 1, target: target ?? "" });
    for (const [, target] of prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/g)) links.push({ line: i + 1, target: target ?? "" });
  }
  if (open !== undefined) throw new Error(`the block opened in line ${open.line} is never closed`);
  const workspace = /<!--\s*workspace:\s*mesh\s*-->/.test(markdown) ? "mesh" : "empty";
  return { blocks, links, anchors, workspace };
}

function makeBlock(info: string, line: number, text: string): DocBlock {
  const words = info.match(/[\w-]+="[^"]*"|\S+/g) ?? [];
  const [language = "", ...rest] = words;
  const settings = new Map<string, string>();
  for (const word of rest) {
    const [, name, value] = /^([\w-]+)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) settings.set(name, (value ?? "").replace(/^"|"$/g, ""));
  }
  const known = new Set(["no-run", "output"]);
  return {
    line,
    language,
    text,
    noRun: rest.includes("no-run"),
    reason: settings.get("reason"),
    exit: Number(settings.get("exit") ?? 0),
    output: rest.includes("output"),
    file: settings.get("file"),
    unknown: rest.filter((word) => !known.has(word) && !/^(reason|exit|file)=/.test(word)),
  };
}

function uniqueAnchor(heading: string, taken: ReadonlySet<string>): string {
  const anchor = heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
  for (let n = 0; ; n++) {
    const candidate = n === 0 ? anchor : `${anchor}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
