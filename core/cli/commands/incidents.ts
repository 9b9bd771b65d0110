// Owns `mesh incidents`.
import { problems } from "../../errors/index.ts";
import { describeOwner } from "../../manifest/index.ts";
import type { IncidentRecord, StateStore } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = async ({ arguments: [id, action], options, output, env, openMesh }) => {
  const why = options.text("why");
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  if (action !== undefined && (why === undefined || why.trim() === ""))
    throw problems.reasonMissing({ what: `\`mesh incidents ${action}\`` });
  const mesh = await openMesh();
  const state = await mesh.state();
  if (id === undefined) {
    const incidents = await state.listIncidents({ open: !options.flag("all"), limit });
    output.document(incidents);
    output.result(
      incidents.length === 0
        ? "No incident is open."
        : formatTable(
            ["incident", "status", "severity", "since", "cause", "owner", "affected"].map((title) => ({ title })),
            incidents.map(({ id: one, status, severity, openedAt, cause, affected }) => [
              one,
              status,
              severity,
              formatTime(openedAt),
              `${cause.id}: ${cause.why}`,
              describeOwner(cause.owner),
              String(affected.length),
            ]),
            output.colors,
            100,
          ),
    );
    return 0;
  }
  const found = await findIncident(state, id);
  const settled =
    action === undefined
      ? found
      : await state.settleIncident(found.id, action === "ack" ? "acknowledged" : "resolved", why ?? "", actorOf(env));
  if (!settled) throw problems.incidentSettled({ incident: found.id, status: found.status });
  const deliveries = await state.listDeliveries({ incident: settled.id });
  output.document({ ...settled, deliveries });
  output.result(
    [
      `${settled.id}  ${settled.status}, ${settled.severity}, since ${formatTime(settled.openedAt)}${settled.reopened > 0 ? `, opened again ${settled.reopened} times` : ""}`,
      `cause     ${settled.cause.kind} ${settled.cause.id} of ${describeOwner(settled.cause.owner)}: ${settled.cause.why}`,
      ...(settled.acknowledgedBy === undefined ? [] : [`seen by   ${settled.acknowledgedBy}`]),
      ...(settled.why === undefined ? [] : [`why       ${settled.why}`]),
      ...(settled.resolution === undefined ? [] : [`resolved  ${settled.resolution}`]),
      ...settled.affected.map(({ subject, kind, state: level }) => `affected  ${subject} (${kind}): ${level}`),
      ...deliveries.map(
        ({ alert, channel, recipient, status, attempts, error }) =>
          `alert     ${alert.kind} by ${channel}${recipient === "" ? "" : ` to ${recipient}`}: ${status}${status === "delivered" ? "" : ` after ${attempts} attempts`}${error === undefined ? "" : `, ${error}`}`,
      ),
    ].join("\n"),
  );
  return 0;
};

async function findIncident(state: StateStore, start: string): Promise<IncidentRecord> {
  const known = await state.listIncidents();
  const found = known.filter(({ id }) => id === start || id.startsWith(start));
  const [only] = found;
  if (only && found.length === 1) return only;
  throw problems.incidentNotFound({ incident: start, candidates: found.map(({ id }) => id) });
}
