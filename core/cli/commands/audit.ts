// Owns `mesh audit`.
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatTime, plural } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import { takeSince } from "../time-option.ts";

const DEFAULT_LIMIT = 50;

export const run: CommandRunner = async (input) => {
  const { options, output } = input;
  if (options.flag("verify")) return verify(input);
  const [subject, actor] = [options.text("subject"), options.text("actor")];
  const since = takeSince(options, "since", Date.now());
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const mesh = await input.openMesh();
  const entries = await (await mesh.state()).listAudit({
    limit,
    ...(subject !== undefined && { subject }),
    ...(actor !== undefined && { actor }),
    ...(since && { since }),
  });
  output.document(entries);
  output.result(
    formatTable(
      [{ title: "when" }, { title: "who" }, { title: "via" }, { title: "did" }, { title: "to" }, { title: "detail" }],
      entries.map(({ at, actor, via, action, subject, detail }) => [
        formatTime(at),
        actor,
        via,
        action,
        subject,
        sayDetail(detail),
      ]),
      output.colors,
    ),
  );
  return 0;
};

async function verify({ output, openMesh }: CommandInput): Promise<ExitCode> {
  const mesh = await openMesh();
  const verdict = await (await mesh.state()).verifyAudit();
  output.document(verdict);
  if (verdict.intact) {
    output.result(`${plural(verdict.entries, "entry", "entries")}: all are what was written.`);
    return 0;
  }
  const { sequence, what } = verdict.broken;
  output.result(`Entry ${sequence} of ${verdict.entries} breaks the chain: ${what}. The entries before it are intact.`);
  return 1;
}

/** `reason: late store, until: 06:00` */
function sayDetail(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
