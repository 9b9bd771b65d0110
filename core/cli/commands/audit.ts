// Owns `mesh audit`.
import { type ShownAuditVerdict, showAudit } from "../../catalog/index.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatTime, plural } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import { takeSince } from "../time-option.ts";

const DEFAULT_LIMIT = 50;

export const run: CommandRunner = async (input) => {
  const { options, output, remote } = input;
  if (options.flag("verify")) return verify(input);
  const [subject, actor] = [options.text("subject"), options.text("actor")];
  const since = takeSince(options, "since", Date.now());
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const filter = {
    limit,
    ...(subject !== undefined && { subject }),
    ...(actor !== undefined && { actor }),
    ...(since && { since }),
  };
  const entries = remote
    ? await remote.audit(filter)
    : (await (await (await input.openMesh()).state()).listAudit(filter)).map(showAudit);
  output.document(entries);
  output.result(
    formatTable(
      [{ title: "when" }, { title: "who" }, { title: "via" }, { title: "did" }, { title: "to" }, { title: "detail" }],
      entries.map(({ at, actor, via, action, subject, detail }) => [
        formatTime(new Date(at)),
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

async function verify({ output, remote, openMesh }: CommandInput): Promise<ExitCode> {
  const verdict: ShownAuditVerdict = remote
    ? await remote.auditVerdict()
    : await (await (await openMesh()).state()).verifyAudit();
  output.document(verdict);
  const { intact, entries, broken } = verdict;
  if (intact) {
    output.result(`${plural(entries, "entry", "entries")}: all are what was written.`);
    return 0;
  }
  output.result(
    `Entry ${broken?.sequence} of ${entries} breaks the chain: ${broken?.what}. The entries before it are intact.`,
  );
  return 1;
}

/** `reason: late store, until: 06:00` */
function sayDetail(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
