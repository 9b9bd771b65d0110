// What the command line's words mean, and what is said when they mean nothing.
import { describe, expect, it } from "vitest";
import { parseArguments } from "../../core/cli/parse-arguments.ts";
import { MeshError } from "../../core/errors/index.ts";

const parse = (line: string) => parseArguments(line.split(" ").filter(Boolean));

describe("options", () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    ["run --select a", "select", ["a"]],
    ["run -s a b --exclude c", "select", ["a", "b"]],
    ["run -s a --exclude b c", "exclude", ["b", "c"]],
    ["run -s a -s b", "select", ["a", "b"]],
    ["run --select=a,b+", "select", ["a,b+"]],
    ["run -s a --full-refresh", "select", ["a"]],
    ["-s a run", "select", ["a"]],
    ["--json run -s a", "select", ["a"]],
  ];
  it.each(cases)("%s reads --%s", (line, option, expected) => {
    const { command, options } = parse(line);
    expect(command.name).toBe("run");
    expect(options.list(option)).toEqual(expected);
  });

  it("splits selectors given in one quoted word", () => {
    expect(parseArguments(["run", "--select", "a b"]).options.list("select")).toEqual(["a", "b"]);
  });

  it("tells a missing list from an empty one", () => {
    expect(parse("run").options.list("select")).toBeUndefined();
  });

  it("reads flags, texts and counts", () => {
    const { options } = parse("run --full-refresh --threads 4 -t prod");
    expect([
      options.flag("full-refresh"),
      options.flag("fail-fast"),
      options.count("threads"),
      options.text("target"),
    ]).toEqual([true, false, 4, "prod"]);
  });
});

describe("arguments", () => {
  it("takes words before and after options", () => {
    expect(parse("rollback --target prod orders").arguments).toEqual(["orders"]);
    expect(parse("rollback orders --to 01jb").arguments).toEqual(["orders"]);
  });
});

describe("wrong use", () => {
  const cases: readonly (readonly [line: string, code: string, says: string])[] = [
    ["--json", "cli/command-missing", "mesh --help"],
    ["rnu", "cli/unknown-command", "Did you mean: mesh run"],
    ["frobnicate", "cli/unknown-command", "mesh --help"],
    ["run --selct a", "cli/unknown-option", "Did you mean `--select`?"],
    ["run -x", "cli/unknown-option", "`-x`"],
    ["run --threads", "cli/option-needs-value", "--threads <n>"],
    ["run --select --exclude b", "cli/option-needs-value", "--select <selector>"],
    ["run --full-refresh=yes", "cli/option-takes-no-value", "`yes`"],
    ["run --target a --target b", "cli/option-given-twice", "`--target`"],
    ["run orders", "cli/too-many-arguments", "mesh run --select orders"],
    ["rollback", "cli/argument-missing", "<model>"],
    ["rollback a b", "cli/too-many-arguments", "`b`"],
    ["new modle a.b", "cli/bad-choice", "Did you mean `model`?"],
    ["new", "cli/argument-missing", "project, model, snapshot"],
  ];
  it.each(cases)("mesh %s -> %s", (line, code, says) => {
    const error = caught(() => parse(line));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.help}`).toContain(says);
  });

  it.each(["0", "-1", "x", "1.5", ""])("refuses --threads %s", (value) => {
    const { options } = parseArguments(["run", `--threads=${value}`]);
    expect(caught(() => options.count("threads")).code).toBe("cli/bad-value");
  });
});

function caught(action: () => unknown): MeshError {
  try {
    action();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
