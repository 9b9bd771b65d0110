// Every page of the docs: its commands do what it shows, its links lead somewhere.
import { existsSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built-cli.ts";
import { isShell, readPage } from "../support/doc-blocks.ts";
import { runPage } from "../support/run-page.ts";
import { filesIn, ROOT, readSource } from "../support/source-files.ts";

const PAGES = [...filesIn(".").filter((file) => /^[A-Z]+\.md$/.test(file)), ...filesIn("docs", [".md"])];
const pages = new Map(PAGES.map((path) => [path, readPage(readSource(path))]));
const runs = PAGES.filter((path) => pages.get(path)?.blocks.some((block) => isShell(block) && !block.noRun));

describe("blocks", () => {
  test("a command block that is not run says why, and every word of a fence has a meaning", () => {
    const bad = [...pages].flatMap(([path, { blocks }]) =>
      blocks
        .filter(
          (block) => (block.noRun && (block.reason ?? "").length < 8) || (isShell(block) && block.unknown.length > 0),
        )
        .map(({ line, unknown }) => `${path}:${line} ${unknown.join(" ")}`),
    );
    expect(bad).toEqual([]);
  });

  if (runs.length > 0) {
    beforeAll(ensureBuilt);
    test.each(runs)(
      "the commands of %s do what it shows",
      async (path) => {
        const page = pages.get(path);
        const failure = page && (await runPage(page));
        expect(failure && `${path}:${failure.line} ${failure.what}\n${failure.printed}`).toBeUndefined();
      },
      300_000,
    );
  }
});

test("every link inside the repository leads to a file, and to a heading of it", () => {
  const broken = [...pages].flatMap(([path, { links, anchors }]) =>
    links
      .filter(({ target }) => {
        if (/^[a-z]+:/.test(target)) return false;
        const [file = "", anchor] = target.split("#");
        const full = file === "" ? path : posix.normalize(posix.join(dirname(path), file));
        if (!existsSync(join(ROOT, full))) return true;
        if (anchor === undefined) return false;
        if (statSync(join(ROOT, full)).isDirectory()) return true;
        return !(file === "" ? anchors : (pages.get(full)?.anchors ?? new Set())).has(anchor);
      })
      .map(({ line, target }) => `${path}:${line} ${target}`),
  );
  expect(broken).toEqual([]);
});
