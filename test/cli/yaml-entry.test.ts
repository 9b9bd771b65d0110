// Adding to YAML people wrote: every byte of theirs stays.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { addYamlEntry, namesUnder } from "../../core/cli/scaffolds/yaml-entry.ts";

const cases: readonly {
  readonly does: string;
  readonly before: string;
  readonly path: readonly string[];
  readonly after: string;
}[] = [
  { does: "an empty file gets the list", before: "", path: ["models"], after: "models:\n  - name: new\n" },
  {
    does: "a file without the list gets it at the end",
    before: "version: 2 # dbt's\n",
    path: ["models"],
    after: "version: 2 # dbt's\n\nmodels:\n  - name: new\n",
  },
  {
    does: "an entry goes after the last one, comments stay",
    before:
      "models: # ours\n  # the first\n  - name: a   # why\n    description:   odd   spacing\n\n# the end\nsnapshots: []\n",
    path: ["models"],
    after:
      "models: # ours\n  # the first\n  - name: a   # why\n    description:   odd   spacing\n  - name: new\n\n# the end\nsnapshots: []\n",
  },
  {
    does: "a list that is not indented stays so",
    before: "models:\n- name: a\nseeds: []\n",
    path: ["models"],
    after: "models:\n- name: a\n- name: new\nseeds: []\n",
  },
  {
    does: "a file without a final newline",
    before: "models:\n  - name: a",
    path: ["models"],
    after: "models:\n  - name: a\n  - name: new\n",
  },
  {
    does: "entries in braces",
    before: "models:\n  - { name: a, columns: [ { name: id } ] } # one\nseeds: []\n",
    path: ["models"],
    after: "models:\n  - { name: a, columns: [ { name: id } ] } # one\n  - name: new\nseeds: []\n",
  },
  {
    does: "entries that stand apart go on standing apart",
    before: "models:\n  - name: a\n\n  - name: b\n",
    path: ["models"],
    after: "models:\n  - name: a\n\n  - name: b\n\n  - name: new\n",
  },
  {
    does: "a list within an item of a list",
    before: "sources:\n  - name: db\n    tables:\n      - name: t # one\n  - name: other\n    tables: []\n",
    path: ["sources", "name=db", "tables"],
    after:
      "sources:\n  - name: db\n    tables:\n      - name: t # one\n      - name: new\n  - name: other\n    tables: []\n",
  },
  {
    does: "an entry that ends in folded text",
    before: "models:\n  - name: a\n    description: >\n      long\n      text\n\n# end\nseeds: []\n",
    path: ["models"],
    after: "models:\n  - name: a\n    description: >\n      long\n      text\n  - name: new\n\n# end\nseeds: []\n",
  },
  {
    does: "an empty list in brackets is opened",
    before: "version: 2\nmodels: [] # none yet\n",
    path: ["models"],
    after: "version: 2\nmodels:\n  - name: new\n  # none yet\n",
  },
];

describe("adding an entry", () => {
  it.each(cases)("$does", ({ before, path, after }) => expect(addYamlEntry(before, path, { name: "new" })).toBe(after));

  it("changes nothing of what was there, whatever the names", () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), name, (names, added) => {
        const before = `# head\nmodels:\n${names.map((one) => `  - name: "${one}" # about ${one}\n`).join("")}# tail\n`;
        const after = addYamlEntry(before, ["models"], { name: added, columns: [{ name: "id" }] });
        expect(parse(after).models).toEqual([
          ...names.map((one) => ({ name: one })),
          { name: added, columns: [{ name: "id" }] },
        ]);
        for (const line of before.split("\n")) expect(after).toContain(line);
      }),
    );
  });
});

describe("names under a list", () => {
  it.each([
    ["models:\n  - name: a\n  - { name: b }\n", ["models"], ["a", "b"]],
    ["version: 2\n", ["models"], []],
    ["models:\n", ["models"], []],
  ] as const)("%j %j", (text, path, names) => expect(namesUnder(text, path)).toEqual(names));
});
