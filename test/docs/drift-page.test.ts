// The table of docs/drift.md is the matrix of the code.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DRIFT_KINDS, DRIFT_MATRIX, wordsFor } from "../../core/contract/index.ts";

test("the page on drift shows every cell of the matrix and no other", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/drift.md"), "utf8");
  const shown = [...page.matchAll(/^\| `(\w+)` \| `(\w+)` \| (.+?) \| (.+?) \|$/gm)].map(([, ...cells]) => cells);
  const meant = DRIFT_KINDS.flatMap((kind) =>
    wordsFor(kind).map((word) => {
      const { fresh, existing } = DRIFT_MATRIX[kind][word];
      return [kind, word, fresh, existing];
    }),
  );
  expect(shown).toEqual(meant);
});
