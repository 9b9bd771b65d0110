// The examples of docs/templates.md: each renders, to the text below it where there is one, or is refused where it says so.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { filters } from "../../core/template/builtins/filters.ts";
import { tests } from "../../core/template/builtins/tests.ts";
import { readPage } from "../support/doc-blocks.ts";
import { failure, render } from "./support.ts";

const page = readFileSync(new URL("../../docs/templates.md", import.meta.url), "utf8");
const { blocks } = readPage(page);
const FOLDER = new URL("../../macros/", import.meta.url);
const shared = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [`macros/${file}`, readFileSync(new URL(file, FOLDER), "utf8")]),
);

describe("docs/templates.md", () => {
  const examples = blocks.flatMap((block, i) => (block.language === "sql" ? [{ ...block, next: blocks[i + 1] }] : []));

  it.each(examples)("the example in line $line holds", ({ text, unknown, next }) => {
    if (unknown.includes("refused")) {
      expect(failure(text, { shared }).code).toMatch(/^template\//);
      return;
    }
    const { sql } = render(text, { shared, incremental: true });
    expect(sql.text.trim()).not.toBe("");
    if (next?.language === "text") expect(sql.text.trim()).toBe(next.text.trim());
  });

  const section = (from: string, to: string) => page.slice(page.indexOf(from), page.indexOf(to));
  const named = (text: string) => [...text.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name ?? "");

  it("lists every filter and no other", () => {
    const listed = named(section("Filters: ", "Tests, behind"));
    expect(listed.sort()).toEqual([...filters.keys()].sort());
  });

  it("lists every test and no other", () => {
    const listed = named(section("Tests, behind", "and the signs")).filter((name) => name !== "is");
    expect(listed.sort()).toEqual([...tests.keys()].filter((name) => /^\w+$/.test(name)).sort());
  });

  it("lists every shared macro", () => {
    const names = Object.keys(shared).map((path) => path.slice("macros/".length, -".sql".length));
    expect([...page.matchAll(/^\| `(\w+)\([^`]*\)` \|/gm)].map(([, name]) => name ?? "")).toEqual(
      expect.arrayContaining(names),
    );
  });
});
