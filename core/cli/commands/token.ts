// Owns `mesh token`: create, list and revoke.
import { problems } from "../../errors/index.ts";
import { newToken, type TokenRole } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import { takeDurationMs } from "../time-option.ts";

const ROLES: readonly TokenRole[] = ["read", "operate"];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

export const run: CommandRunner = (input) => {
  const [action] = input.arguments;
  if (action === "create") return create(input);
  return action === "revoke" ? revoke(input) : list(input);
};

async function create({ options, output, env, openMesh }: CommandInput): Promise<ExitCode> {
  const name = options.text("name");
  if (name === undefined) throw problems.optionNeedsValue({ option: "--name", value: "name" });
  if (!NAME.test(name))
    throw problems.badOptionValue({
      option: "--name",
      value: name,
      expected: "at most 64 letters, digits and . _ - @, beginning with a letter or digit",
    });
  const role = options.text("role") ?? "read";
  const chosen = ROLES.find((known) => known === role);
  if (!chosen) throw problems.badOptionValue({ option: "--role", value: role, expected: ROLES.join(" or ") });
  const expiresAfterMs = takeDurationMs(options, "expires");
  const state = await (await openMesh()).state();
  const { text, id, hash } = newToken();
  const record = await state.createToken(
    { id, hash, name, role: chosen, ...(expiresAfterMs !== undefined && { expiresAfterMs }) },
    actorOf(env),
  );
  output.document({ ...record, token: text });
  output.result(text);
  output.note(
    "Keep it now: it is not shown again. Programs pass it as MESH_TOKEN, or in the header `Authorization: Bearer <token>`.",
  );
  return 0;
}

async function list({ output, openMesh }: CommandInput): Promise<ExitCode> {
  const tokens = await (await (await openMesh()).state()).listTokens();
  output.document(tokens);
  const columns = ["name", "role", "status", "created", "by", "expires", "last used", "id"].map((title) => ({ title }));
  const rows = tokens.map((token) => [
    token.name,
    token.role,
    token.status,
    formatTime(token.createdAt),
    token.createdBy,
    token.expiresAt ? formatTime(token.expiresAt) : "never",
    token.lastUsedAt ? formatTime(token.lastUsedAt) : "never",
    token.id,
  ]);
  output.result(formatTable(columns, rows, output.colors));
  return 0;
}

async function revoke({ arguments: [, token], options, output, env, openMesh }: CommandInput): Promise<ExitCode> {
  const named = token ?? options.text("name");
  if (named === undefined)
    throw problems.argumentMissing({ command: "token revoke", argument: "token", choices: undefined });
  const revoked = await (await (await openMesh()).state()).revokeToken(named, actorOf(env));
  if (!revoked) throw problems.tokenNotFound({ token: named });
  output.document(revoked);
  output.result(`Token ${revoked.name} is revoked.`);
  return 0;
}
