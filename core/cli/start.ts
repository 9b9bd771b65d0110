// Owns telling what the process is asked for. Loads nothing that help does not need: everything else comes by `import()`.
import { commands } from "./command-table.ts";

const args = process.argv.slice(2);
const words = args.filter((word) => !word.startsWith("-"));
const asksHelp = args.includes("--help") || args.includes("-h") || args[0] === "help" || args.length === 0;
const topic = commands.find((command) => words.includes(command.name));
const wantsHelp = asksHelp && (topic !== undefined || words.every((word) => word === "help"));

if (args[0] === "--version" || args[0] === "-v") {
  const { readVersion } = await import("./version.ts");
  process.stdout.write(`${readVersion()}\n`);
} else if (wantsHelp) {
  const { formatHelp, formatCommandHelp } = await import("./help.ts");
  process.stdout.write(topic ? formatCommandHelp(topic) : formatHelp());
} else {
  const { runCommand } = await import("./run-command.ts");
  await runCommand(args[0] === "help" ? args.slice(1) : args);
}
