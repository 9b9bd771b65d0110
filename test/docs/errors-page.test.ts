// docs/errors.md and the catalogue of problems say the same.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { problemDefinitions } from "../../core/errors/index.ts";
import { AREAS, areaOf, errorsPage } from "../support/errors-page.ts";
import { filesIn, ROOT, readSource } from "../support/source-files.ts";

const PAGE = "docs/errors.md";

test("codes are kebab-case, of a known area, and explained in whole sentences", () => {
  const definitions = problemDefinitions();
  expect(definitions.length).toBeGreaterThan(20);
  const bad = definitions.filter(
    ({ code, doc }) =>
      !/^[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z0-9]+)*$/.test(code) ||
      AREAS[areaOf(code)] === undefined ||
      !/^(mesh\b|[A-Z`_\d]).{15,}[.!?]$/s.test(doc),
  );
  expect(bad).toEqual([]);
});

test("no two files of the catalogue export the same name: both would be lost", () => {
  const names = filesIn("core/errors/catalogue").flatMap((file) =>
    [...readSource(file).matchAll(/^export const (\w+)/gm)].map(([, name]) => name ?? ""),
  );
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test("every file of the catalogue is in its index", () => {
  const index = readSource("core/errors/catalogue/index.ts");
  const missing = filesIn("core/errors/catalogue").filter(
    (file) => !file.endsWith("/index.ts") && !index.includes(`"./${file.split("/").at(-1)}"`),
  );
  expect(missing).toEqual([]);
});

test("the page is up to date: npm run docs:update writes it", async () => {
  const page = errorsPage();
  if (process.env.MESH_UPDATE_DOCS === "1") await writeFile(join(ROOT, PAGE), page);
  expect(readSource(PAGE)).toBe(page);
});
