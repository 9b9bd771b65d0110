// A test type exists in four places or in none: its file, the index, docs/tests.md and the table of its behaviours.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testTypes } from "../../core/quality/index.ts";

const names = testTypes.map((type) => type.name);
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("the index is in alphabetical order and holds every file of types/", () => {
  expect(names).toEqual([...names].sort());
  const files = readdirSync(new URL("../../core/quality/types", import.meta.url)).filter((file) => file !== "index.ts");
  expect(files.map((file) => file.replace(/\.ts$/, "").replaceAll("-", "_")).sort()).toEqual(names);
});

test("docs/tests.md has a section for every type and for no other, with every argument", () => {
  const types = read("docs/tests.md").split("\n## Types\n")[1]?.split("\n## ")[0] ?? "";
  const sections = types.split("\n### ").slice(1);
  expect(sections.map((section) => section.split("\n")[0])).toEqual(names);
  for (const [i, section] of sections.entries()) {
    for (const argument of Object.keys(testTypes[i]?.args.shape ?? {}))
      expect(section).toContain(`| \`${argument}\` |`);
    const level = testTypes[i]?.level;
    const where = level === "both" ? "On a column or a model." : level === "column" ? "On a column." : "On a model.";
    expect(section).toContain(where);
  }
});

test("every type is run by the table of behaviours", () => {
  const table = read("test/quality/expand-test.test.ts");
  for (const name of names) expect(table).toMatch(new RegExp(`type: "(dbt_utils\\.)?${name}"`));
});
