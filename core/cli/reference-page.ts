// Owns docs/cli.md, made from the command table. Writing it is `write-reference.ts`.
import { type CommandSpec, commands, globalOptions, type OptionSpec } from "./command-table.ts";
import { formatOption, formatUsage } from "./help.ts";

/** The whole page. */
export function formatReferencePage(): string {
  return `<!-- Generated from core/cli/command-table.ts by \`npx jiti core/cli/write-reference.ts\`. Do not edit. -->
# Commands

${commands.map((command) => `- [\`mesh ${command.name}\`](#mesh-${command.name}): ${lowerFirst(command.summary)}`).join("\n")}

Results go to stdout; progress, hints and problems go to stderr. With \`--json\` stdout holds one JSON document and nothing else
(\`mesh run\` prints its events as lines of JSON, then the result as the last line). A problem that stops a command is
\`{"error": {"code", "message", "help", "location"}}\` there.

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | a run or a check failed |
| 2 | wrong use or configuration |
| 130 | interrupted with Ctrl-C |

## Options of every command

${formatOptionTable(globalOptions)}

${commands.map(formatSection).join("\n")}`;
}

function formatSection(command: CommandSpec): string {
  const parts = [`## mesh ${command.name}`, command.description, `\`\`\`\n${formatUsage(command)}\n\`\`\``];
  if (command.arguments.length > 0) {
    const rows = command.arguments.map((argument) => {
      const choices = argument.choices ? `: ${argument.choices.map((choice) => `\`${choice}\``).join(", ")}` : "";
      return `| \`${argument.name}\`${argument.optional ? " (optional)" : ""} | ${escapeCell(argument.summary)}${choices} |`;
    });
    parts.push(`| argument | |\n|---|---|\n${rows.join("\n")}`);
  }
  if (command.options.length > 0) parts.push(formatOptionTable(command.options));
  parts.push(command.examples.map((example) => `- \`${example.command}\`: ${example.does}`).join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function formatOptionTable(options: readonly OptionSpec[]): string {
  return `| option | |\n|---|---|\n${options.map((option) => `| \`${formatOption(option)}\` | ${escapeCell(option.summary)} |`).join("\n")}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
