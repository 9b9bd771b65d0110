// Owns turning the command line into arguments and options, by the command table. Says everything that is wrong, with a suggestion.
import { parseArgs } from "node:util";
import { problems } from "../errors/index.ts";
import { closest } from "../util/index.ts";
import { type CommandSpec, commands, globalOptions, type OptionSpec } from "./command-table.ts";

export interface ParsedOptions {
  flag(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[] | undefined;
  /** A whole number of at least `least`. Throws `cli/bad-value`. */
  count(name: string, least?: number): number | undefined;
}

export interface ParsedCommand {
  readonly command: CommandSpec;
  readonly arguments: readonly string[];
  readonly options: ParsedOptions;
}

/** Options may stand before or after the command's name. Throws `cli/…` errors. */
export function parseArguments(args: readonly string[]): ParsedCommand {
  const at = findCommand(args);
  const name = at === undefined ? undefined : args[at];
  if (at === undefined || name === undefined) throw problems.commandMissing({});
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    const near = closest(
      name,
      commands.map((candidate) => candidate.name),
    );
    throw problems.unknownCommand({ command: name, near });
  }
  const { positionals, values } = readOptions([...args.slice(0, at), ...args.slice(at + 1)], command);
  checkArguments(command, positionals);
  return { command, arguments: positionals, options: makeOptions(values) };
}

/** The first word that is neither an option nor the value of one. */
function findCommand(args: readonly string[]): number | undefined {
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (!word.startsWith("-")) return i;
    const spec = everyOption().find((option) => word === `--${option.name}` || word === `-${option.short}`);
    if (spec?.value !== undefined) i++;
  }
  return undefined;
}

function everyOption(): readonly OptionSpec[] {
  return [...globalOptions, ...commands.flatMap((command) => command.options)];
}

type Values = Map<string, string[]>;

function readOptions(
  args: readonly string[],
  command: CommandSpec,
): { positionals: readonly string[]; values: Values } {
  const specs = [...globalOptions, ...command.options];
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      specs.map((spec) => [
        spec.name,
        {
          type: spec.value === undefined ? ("boolean" as const) : ("string" as const),
          ...(spec.short !== undefined && { short: spec.short }),
        },
      ]),
    ),
  });
  const values: Values = new Map();
  const positionals: string[] = [];
  // dbt's habit: words that follow a selector option belong to it.
  let open: string[] | undefined;
  for (const token of tokens) {
    if (token.kind === "option-terminator") open = undefined;
    else if (token.kind === "positional") (open ?? positionals).push(token.value);
    else {
      const spec = specs.find((candidate) => candidate.name === token.name);
      if (!spec) {
        const near = closest(
          token.name,
          specs.map((candidate) => candidate.name),
        );
        throw problems.unknownOption({
          option: token.rawName,
          command: command.name,
          near: near === undefined ? undefined : `--${near}`,
        });
      }
      if (spec.value === undefined) {
        if (token.value !== undefined) throw problems.optionTakesNoValue({ option: token.rawName, value: token.value });
        values.set(spec.name, []);
        open = undefined;
        continue;
      }
      if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
        throw problems.optionNeedsValue({ option: token.rawName, value: spec.value });
      }
      if (values.has(spec.name) && !spec.many) throw problems.optionGivenTwice({ option: token.rawName });
      const list = values.get(spec.name) ?? [];
      list.push(token.value);
      values.set(spec.name, list);
      open = spec.many ? list : undefined;
    }
  }
  return { positionals, values };
}

function checkArguments(command: CommandSpec, given: readonly string[]): void {
  const usage = command.name;
  for (const [i, spec] of command.arguments.entries()) {
    const value = given[i];
    if (value === undefined) {
      if (!spec.optional)
        throw problems.argumentMissing({ command: usage, argument: spec.name, choices: spec.choices });
    } else if (spec.choices && !spec.choices.includes(value)) {
      throw problems.badChoice({
        argument: spec.name,
        value,
        choices: spec.choices,
        near: closest(value, spec.choices),
      });
    }
  }
  const extra = given[command.arguments.length];
  if (extra !== undefined) {
    throw problems.tooManyArguments({
      command: usage,
      extra,
      selects: command.options.some((option) => option.name === "select"),
    });
  }
}

function makeOptions(values: Values): ParsedOptions {
  const text = (name: string) => values.get(name)?.[0];
  return {
    flag: (name) => values.has(name),
    text,
    // Selectors may also stand in one quoted word: --select "a b".
    list: (name) =>
      values
        .get(name)
        ?.flatMap((value) => value.split(/\s+/))
        .filter((value) => value !== ""),
    count(name, least = 1) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(number) || number < least) {
        throw problems.badOptionValue({ option: `--${name}`, value, expected: `a whole number of at least ${least}` });
      }
      return number;
    },
  };
}
