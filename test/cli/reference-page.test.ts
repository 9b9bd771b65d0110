// docs/cli.md says what the command table says.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commands, globalOptions } from "../../core/cli/command-table.ts";
import { formatReferencePage } from "../../core/cli/reference-page.ts";

it("docs/cli.md is current; if not: npx jiti core/cli/write-reference.ts", async () => {
  expect(await readFile(join(import.meta.dirname, "../../docs/cli.md"), "utf8")).toBe(formatReferencePage());
});

it.each(commands)("mesh $name has an example, and no option twice", (command) => {
  expect(command.examples.length).toBeGreaterThan(0);
  const names = [...globalOptions, ...command.options].flatMap((option) => [
    option.name,
    ...(option.short === undefined ? [] : [option.short]),
  ]);
  expect(new Set(names).size).toBe(names.length);
});
