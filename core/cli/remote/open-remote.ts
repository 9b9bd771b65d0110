// Owns whether a command asks the API, and refusing what cannot be asked there. The requests are `remote-client.ts`.
import { problems } from "../../errors/index.ts";
import { commands } from "../command-table.ts";
import type { ParsedCommand } from "../parse-arguments.ts";
import type { RemoteClient } from "./remote-client.ts";

/** --remote asks for it; MESH_REMOTE means it for every command that can. Throws `cli/not-remote`, `cli/option-not-remote`, `remote/…`. */
export async function openRemote(
  { command, options }: Pick<ParsedCommand, "command" | "options">,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RemoteClient | undefined> {
  const asked = options.text("remote");
  if (asked !== undefined && !command.remote)
    throw problems.notRemote({
      command: command.name,
      because: command.onlyHere,
      able: commands.flatMap(({ name, remote }) => (remote ? [name] : [])),
    });
  const url = asked ?? env.MESH_REMOTE;
  if (!command.remote || url === undefined || url === "") return undefined;
  for (const { name, onlyHere } of command.options)
    if (onlyHere !== undefined && options.flag(name))
      throw problems.optionNotRemote({
        command: command.name,
        option: `--${name}`,
        because: onlyHere,
        remote: asked === undefined ? "MESH_REMOTE" : "--remote",
      });
  const { createRemote } = await import("./remote-client.ts");
  return createRemote(url, env.MESH_TOKEN);
}
