// What files and folders give out: nothing that nobody takes.
import { dirname } from "node:path/posix";
import { expect, test } from "vitest";
import { filesIn, readSource } from "../support/source-files.ts";

const OWN = ["core", "scheduler", "demo", "bench", "test"].flatMap((folder) =>
  filesIn(folder, [".ts", ".cts", ".mjs"]),
);

/** Every word of the code, with the files it stands in. */
const filesOf = new Map<string, Set<string>>();
for (const file of OWN)
  for (const [word] of readSource(file).matchAll(/\w+/g)) {
    const files = filesOf.get(word);
    if (files) files.add(file);
    else filesOf.set(word, new Set([file]));
  }

test("what a file exports is used by another one", () => {
  const unused = OWN.flatMap((file) =>
    [...readSource(file).matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => ![...(filesOf.get(name) ?? [])].some((other) => other !== file))
      .map((name) => `${file}: ${name}`),
  );
  expect(unused).toEqual([]);
});

// core/index.ts is the public API.
test("what the index.ts of a folder gives out is used outside of the folder", () => {
  const indexes = OWN.filter((file) => /^(core|scheduler)\/.+\/index\.ts$/.test(file));
  const unused = indexes.flatMap((file) =>
    [...readSource(file).matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
      .flatMap(([, names = ""]) => names.split(","))
      .map((name) => /(\w+)\s*$/.exec(name)?.[1])
      .filter((name) => name !== undefined)
      .filter((name) => ![...(filesOf.get(name) ?? [])].some((other) => !other.startsWith(`${dirname(file)}/`)))
      .map((name) => `${file}: ${name}`),
  );
  expect(indexes.length).toBeGreaterThan(20);
  expect(unused).toEqual([]);
});
