// The runner of the docs' command blocks, on small pages of its own.
import { describe, expect, test } from "vitest";
import { readPage } from "../support/doc-blocks.ts";
import { matchesOutput, runPage } from "../support/run-page.ts";

const fence = "```";
const pageOf = (...parts: readonly (readonly [info: string, text: string])[]) =>
  readPage(parts.map(([info, text]) => `${fence}${info}\n${text}\n${fence}\n`).join("\nSome prose.\n\n"));

test("blocks run in order in one folder, files are written between them", async () => {
  const page = pageOf(
    ["sh", "mkdir -p a && echo one > a/x.txt"],
    ["yaml file=a/deep/y.yml", "key: 1"],
    ["sh", "cat a/x.txt a/deep/y.yml; echo end >&2"],
    ["text output", "one\nkey: 1"],
    ["sh", "cd a && export WORD='two words'"],
    ["sh", 'cat x.txt && echo "$WORD" && cd ..'],
    ["text output", "one\ntwo words"],
    ["sh exit=3", "exit 3"],
    ['sh no-run reason="would fail"', "exit 9"],
    ["sql", "select 1"],
    ["console", "$ echo two\ntwo"],
  );
  expect(await runPage(page)).toBeUndefined();
});

test.each([
  ["a command that fails", [["sh", "true\nfalse\ntrue"]], "exited with 1, expected 0"],
  ["a command that fails inside a pipe", [["sh", "false | cat"]], "exited with 1"],
  ["an unset variable", [["sh", "echo $no_such_variable"]], "exited with 1"],
  ["a command that should fail", [["sh exit=1", "true"]], "exited with 0, expected 1"],
  [
    "other output",
    [
      ["sh", "echo one"],
      ["text output", "two"],
    ],
    "not what the page shows",
  ],
] as const)("%s is found", async (_, parts, what) => {
  expect(await runPage(pageOf(...parts))).toMatchObject({ what: expect.stringContaining(what) });
});

test("a page starts empty, and its own folders are gone afterwards", async () => {
  expect(
    await runPage(pageOf(["sh", 'test -z "$(ls -A)" && command -v mesh && sleep 300 &'], ["sh", "true"])),
  ).toBeUndefined();
});

test("fences are read with their words", () => {
  const page = readPage(
    `# A title, with \`code\`\n\n<!-- workspace: mesh -->\n  ${fence}sh no-run reason="two words" odd\n  a\n    b\n  ${fence}\n\n[x](./y.md#z "title") \`[no](link)\`\n# A title, with code\n`,
  );
  expect(page.workspace).toBe("mesh");
  expect(page.blocks).toMatchObject([
    { line: 4, language: "sh", noRun: true, reason: "two words", unknown: ["odd"], text: "a\n  b\n" },
  ]);
  expect(page.links).toEqual([{ line: 9, target: "./y.md#z" }]);
  expect([...page.anchors]).toEqual(["a-title-with-code", "a-title-with-code-1"]);
  expect(() => readPage(`${fence}sh\nls`)).toThrow("line 1 is never closed");
});

describe("shown output", () => {
  test.each([
    ["one", "one\n", true],
    ["one", "zero\none\ntwo\n", true],
    ["one\ntwo", "one\nmore\ntwo\n", false],
    ["one\n...\ntwo", "one\nmore\nand more\ntwo\n", true],
    ["took <...> s", "took 1.2 s\n", true],
    ["a (b) *", "a (b) *\n", true],
    ["on", "one\n", false],
  ])("%j in %j: %s", (shown, printed, expected) => {
    expect(matchesOutput(shown, printed)).toBe(expected);
  });
});
