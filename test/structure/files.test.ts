// The form of every file: its first line, its name, and nothing that belongs to one machine.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { filesIn, readSource } from "../support/source-files.ts";

const OWN = ["core", "demo", "bench", "scheduler", "projects", "test"]
  .flatMap((folder) => filesIn(folder, [".ts", ".mts"]))
  .filter((file) => !file.startsWith("test/samples/"));

const BANNED = ["utils", "util-", "helper", "manager", "service", "common", "data", "info", "handler"];
const LONGEST = 400;

test("every TypeScript file opens with a comment that says what it owns", () => {
  const silent = OWN.filter((file) => {
    const [first = "", second = ""] = readSource(file).split("\n");
    const line = first.startsWith("#!") ? second : first;
    return !/^(\/\/ \S|\/\*\* ?\S|\/\*\*$)/.test(line);
  });
  expect(silent).toEqual([]);
});

test("file names are kebab-case and say something", () => {
  const bad = OWN.filter((file) => {
    const name = basename(file).replace(/(\.test)?\.m?ts$/, "");
    if (file.startsWith("projects/")) return false;
    return !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?$/.test(name) || BANNED.includes(name) || BANNED.includes(`${name}s`);
  });
  expect(bad).toEqual([]);
});

test("no file of core holds two ideas", () => {
  const long = OWN.filter((file) => file.startsWith("core/") && !file.startsWith("core/errors/catalogue/"))
    .map((file) => ({ file, lines: readSource(file).split("\n").length }))
    .filter(({ lines }) => lines > LONGEST);
  expect(long).toEqual([]);
});

// Copying an error to give it another place is fine; giving it a code is not.
test("every coded error is made by the catalogue", () => {
  const makers = OWN.filter(
    (file) =>
      file.startsWith("core/") &&
      !file.startsWith("core/errors/") &&
      /\bnew MeshError\(\s*\{\s*code:\s*["`]|\bdefineProblem[<(]/.test(readSource(file)),
  );
  expect(makers).toEqual([]);
});

/** Text of one machine or one registry. Written so that this file does not find itself. */
const FOREIGN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a registry's host", /\bregistry\.[a-z0-9-]+\.[a-z]{2,}\b|\bnpm\.pkg\.|\bverdaccio\b/i],
  ["a path of one machine", /(?<![\w.:/$}])\/(?:work|root|Users|home\/[a-z][\w-]*)\/(?:[\w.-]+)/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a line that a merge left", /^(<{7}|>{7}) /m],
];
const BINARY = /\.(parquet|db|duckdb|png|jpg|ico|gz|woff2?)$/;

test("the tree holds nothing that belongs to one machine", () => {
  const found = filesIn(".")
    .filter((file) => !BINARY.test(file) && file !== "test/structure/files.test.ts")
    .flatMap((file) => {
      const text = readSource(file);
      return FOREIGN.flatMap(([what, pattern]) => {
        const match = pattern.exec(text);
        return match === null
          ? []
          : [`${file}:${text.slice(0, match.index).split("\n").length} holds ${what}: ${match[0]}`];
      });
    });
  expect(found).toEqual([]);
});
