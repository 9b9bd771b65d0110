// How problems look, to the character.
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { formatDiagnostic, formatDiagnostics, sortDiagnostics } from "../../core/cli/output/diagnostics.ts";
import type { Diagnostic } from "../../core/errors/index.ts";

const plain = pc.createColors(false);
const FILES: Readonly<Record<string, string>> = {
  "projects/sales/models/a.sql": "select id\nfrom {{ ref('ordrs') }} o\n",
  "projects/sales/project.yml": `name: sales\nstores:\n  db: { client: pg, connection: "postgres://app:hunter22@db/x" }\n`,
  "projects/sales/two.yml": "connection:\n\tpassword: hunter22\n",
  "projects/sales/crm.yml":
    "headers: { Authorization: 'Bearer s3cret', X-Api-Key: k3y }\nheaders: { Authorization: 'Bearer ${CRM}' }\n",
  "projects/sales/long.sql": `${"x, ".repeat(100)}bad, ${"y, ".repeat(100)}`,
};
const read = (file: string) => FILES[file];
const problem = (fields: Partial<Diagnostic>): Diagnostic => ({
  level: "error",
  code: "compile/ref-not-found",
  message: "`sales.a` reads `ordrs`, which does not exist.",
  help: "Did you mean `orders`?",
  ...fields,
});
const at = (file: string, line?: number, column?: number) => ({
  location: { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) },
});

describe("one problem", () => {
  const cases: readonly (readonly [string, Diagnostic, string])[] = [
    [
      "with a place: the line, the line before and a caret",
      problem(at("projects/sales/models/a.sql", 2, 13)),
      `error[compile/ref-not-found] \`sales.a\` reads \`ordrs\`, which does not exist.
  projects/sales/models/a.sql:2:13
  1 | select id
  2 | from {{ ref('ordrs') }} o
    |             ^
  help: Did you mean \`orders\`?`,
    ],
    [
      "without a column: the line alone",
      problem(at("projects/sales/models/a.sql", 1)),
      `error[compile/ref-not-found] \`sales.a\` reads \`ordrs\`, which does not exist.
  projects/sales/models/a.sql:1
  1 | select id
  help: Did you mean \`orders\`?`,
    ],
    [
      "in a file that is gone: the place alone",
      problem({ ...at("gone.sql", 3, 1), level: "warning" }),
      `warning[compile/ref-not-found] \`sales.a\` reads \`ordrs\`, which does not exist.
  gone.sql:3:1
  help: Did you mean \`orders\`?`,
    ],
    [
      "past the end of the file: the place alone",
      problem(at("projects/sales/models/a.sql", 99, 1)),
      `error[compile/ref-not-found] \`sales.a\` reads \`ordrs\`, which does not exist.
  projects/sales/models/a.sql:99:1
  help: Did you mean \`orders\`?`,
    ],
    [
      "without a place",
      problem({}),
      "error[compile/ref-not-found] `sales.a` reads `ordrs`, which does not exist.\n  help: Did you mean `orders`?",
    ],
  ];
  it.each(cases)("%s", (_, diagnostic, expected) => expect(formatDiagnostic(diagnostic, read, plain)).toBe(expected));

  it("keeps the caret under the place in a long line", () => {
    const column = (FILES["projects/sales/long.sql"] ?? "").indexOf("bad") + 1;
    const lines = formatDiagnostic(problem(at("projects/sales/long.sql", 1, column)), read, plain).split("\n");
    const caret = (lines[3] ?? "").indexOf("^");
    expect((lines[2] ?? "").slice(caret, caret + 3)).toBe("bad");
    expect((lines[2] ?? "").length).toBeLessThan(115);
  });

  it("keeps the caret when a secret is taken out behind it", () => {
    const lines = formatDiagnostic(problem(at("projects/sales/project.yml", 3, 17)), read, plain).split("\n");
    expect(lines.slice(3, 5)).toEqual([
      '  3 |   db: { client: pg, connection: "postgres://app:***@db/x" }',
      "    |                 ^",
    ]);
  });

  it.each([
    ["projects/sales/project.yml", 3, 40],
    ["projects/sales/two.yml", 2, 12],
    ["projects/sales/two.yml", 1, 1],
    ["projects/sales/crm.yml", 1, 5],
    ["projects/sales/crm.yml", 1, 40],
  ])("never shows a secret that stands in %s:%i", (file, line, column) => {
    expect(formatDiagnostic(problem(at(file, line, column)), read, plain)).not.toMatch(/hunter22|s3cret|k3y/);
  });

  it("shows where a secret comes from", () => {
    const text = formatDiagnostic(problem(at("projects/sales/crm.yml", 2, 40)), read, plain);
    expect(text).toContain("Authorization: 'Bearer ${CRM}'");
  });
});

describe("many problems", () => {
  const many = [
    problem({ project: "sales", ...at("b.sql", 2, 1) }),
    problem({ project: "finance", ...at("z.sql", 1, 1), level: "warning" }),
    problem({ project: "sales", ...at("b.sql", 1, 9) }),
    problem({ project: "sales", ...at("a.sql", 10, 1) }),
    problem({ ...at("mesh.config.ts", 1, 1) }),
  ];

  it("are sorted by project and place, whatever their order was", () => {
    const places = (list: readonly Diagnostic[]) =>
      sortDiagnostics(list).map(({ location }) => `${location?.file}:${location?.line}`);
    expect(places(many)).toEqual(["mesh.config.ts:1", "z.sql:1", "a.sql:10", "b.sql:1", "b.sql:2"]);
    expect(places([...many].reverse())).toEqual(places(many));
  });

  it("stand under their project, with a count at the end", () => {
    const text = formatDiagnostics(many, () => undefined, plain);
    expect(text.split("\n").filter((line) => /^\S*:$/.test(line))).toEqual(["mesh:", "finance:", "sales:"]);
    expect(text.endsWith("\n\n4 errors and 1 warning in 2 projects")).toBe(true);
  });

  it("are no text when there are none", () => expect(formatDiagnostics([], read, plain)).toBe(""));
});
