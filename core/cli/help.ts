// Owns the text of --help. Imports the command table only: help must start as fast as Node itself.
import { type CommandSpec, commands, globalOptions, type OptionSpec } from "./command-table.ts";

const WIDTH = 100;

export function formatHelp(): string {
  const names = Math.max(...commands.map((command) => command.name.length)) + 2;
  return `mesh: ELT for a data mesh. Snapshots stores, builds models, tests every build, publishes what passed.

Usage: mesh <command> [options]

Commands:
${commands.map((command) => `  ${command.name.padEnd(names)}${command.summary}`).join("\n")}

Options of every command:
${formatOptions(globalOptions)}

Examples:
  mesh init my-mesh                 make a small mesh that runs at once
  mesh run                          run everything that needs it
  mesh run --select daily_sales+    one model and all that reads it
  mesh show daily_sales             look at the rows

\`mesh <command> --help\` tells more about a command. \`mesh --version\` prints the version.
Exit codes: 0 fine, 1 a run or check failed, 2 wrong use or configuration.
`;
}

export function formatCommandHelp(command: CommandSpec): string {
  const parts = [wrap(command.description, WIDTH), `Usage: ${formatUsage(command)}`];
  if (command.arguments.length > 0) {
    const width = Math.max(...command.arguments.map((argument) => argument.name.length)) + 4;
    parts.push(
      `Arguments:\n${command.arguments
        .map((argument) => {
          const choices = argument.choices ? `: ${argument.choices.join(", ")}` : "";
          return `  ${`<${argument.name}>`.padEnd(width)}${argument.summary}${choices}`;
        })
        .join("\n")}`,
    );
  }
  if (command.options.length > 0) parts.push(`Options:\n${formatOptions(command.options)}`);
  parts.push(`Options of every command:\n${formatOptions(globalOptions)}`);
  parts.push(
    `Examples:\n${command.examples.map((example) => `  ${example.command}\n      ${example.does}`).join("\n")}`,
  );
  return `${parts.join("\n\n")}\n`;
}

/** `mesh rollback <model> [options]` */
export function formatUsage(command: CommandSpec): string {
  const words = command.arguments.map((argument) => (argument.optional ? `[${argument.name}]` : `<${argument.name}>`));
  return ["mesh", command.name, ...words, ...(command.options.length > 0 ? ["[options]"] : [])].join(" ");
}

/** `-s, --select <selector…>` */
export function formatOption(option: OptionSpec): string {
  const value = option.value === undefined ? "" : ` <${option.value}${option.many ? "…" : ""}>`;
  return `${option.short === undefined ? "" : `-${option.short}, `}--${option.name}${value}`;
}

function formatOptions(options: readonly OptionSpec[]): string {
  const heads = options.map((option) =>
    option.short === undefined ? `    ${formatOption(option)}` : formatOption(option),
  );
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  return options
    .map(
      (option, i) =>
        `  ${(heads[i] ?? "").padEnd(width)}${wrap(option.summary, WIDTH - width).replaceAll("\n", `\n${" ".repeat(width + 2)}`)}`,
    )
    .join("\n");
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
