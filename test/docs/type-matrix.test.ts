// docs/type-matrix.md and the tables of the source tests say the same.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, readSource } from "../support/source-files.ts";
import { typeMatrixPage } from "../support/type-matrix-page.ts";

const PAGE = "docs/type-matrix.md";

test("the page is up to date: npm run docs:update writes it", async () => {
  const page = typeMatrixPage();
  if (process.env.MESH_UPDATE_DOCS === "1") await writeFile(join(ROOT, PAGE), page);
  expect(readSource(PAGE)).toBe(page);
});

test("a table's cell is one line, whatever a value holds", () => {
  const odd = [["E'a|b\\n'", "a|b\n`c`"]] as const;
  const page = typeMatrixPage([
    { title: "Odd", types: [{ store: "text", type: "VARCHAR", values: odd }], refused: [] },
  ]);
  expect(page).toContain("| `text` | `VARCHAR` | – | `E'a\\|b\\n'` | `` a\\|b\\n`c` `` |");
});
