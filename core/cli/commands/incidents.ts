// Owns `mesh incidents`.
import { type ShownIncident, type ShownIncidentDetail, showIncident, showIncidentDetail } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { describeOwner } from "../../manifest/index.ts";
import type { StateStore } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime, plural } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import type { RemoteClient } from "../remote/remote-client.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = async ({ arguments: [id, action], options, output, env, remote, openMesh }) => {
  const why = options.text("why");
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  if (action !== undefined && (why === undefined || why.trim() === ""))
    throw problems.reasonMissing({ what: `\`mesh incidents ${action}\`` });
  const state = remote ?? (await (await openMesh()).state());
  if (id === undefined) {
    const open = !options.flag("all");
    const incidents =
      "incidents" in state
        ? await state.incidents({ ...(open && { open }), limit })
        : (await state.listIncidents({ open, limit })).map(showIncident);
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
              formatTime(new Date(openedAt)),
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
  if (action !== undefined) {
    if ("incidents" in state)
      await state.settleIncident(found.id, action === "ack" ? "acknowledge" : "resolve", { reason: why ?? "" });
    else {
      const status = action === "ack" ? "acknowledged" : "resolved";
      if (!(await state.settleIncident(found.id, status, why ?? "", actorOf(env))))
        throw problems.incidentSettled({ incident: found.id, status: found.status });
    }
  }
  const settled = await detailOf(found.id, state);
  const { deliveries } = settled;
  output.document(settled);
  output.result(
    [
      `${settled.id}  ${settled.status}, ${settled.severity}, since ${formatTime(new Date(settled.openedAt))}${settled.reopened > 0 ? `, opened again ${plural(settled.reopened, "time")}` : ""}`,
      `cause     ${settled.cause.kind} ${settled.cause.id} of ${describeOwner(settled.cause.owner)}: ${settled.cause.why}`,
      ...(settled.acknowledgedBy === undefined ? [] : [`seen by   ${settled.acknowledgedBy}`]),
      ...(settled.why === undefined ? [] : [`why       ${settled.why}`]),
      ...(settled.resolution === undefined ? [] : [`resolved  ${settled.resolution}`]),
      ...settled.affected.map(({ subject, kind, state: level }) => `affected  ${subject} (${kind}): ${level}`),
      ...deliveries.map(
        ({ kind, channel, recipient, status, attempts, error }) =>
          `alert     ${kind} by ${channel}${recipient === "" ? "" : ` to ${recipient}`}: ${status}${status === "delivered" ? "" : ` after ${attempts} attempts`}${error === undefined ? "" : `, ${error}`}`,
      ),
    ].join("\n"),
  );
  return 0;
};

/** The API gives at most so many. */
const LOOKED_AT = 500;

async function findIncident(from: StateStore | RemoteClient, start: string): Promise<ShownIncident> {
  const known =
    "incidents" in from ? await from.incidents({ limit: LOOKED_AT }) : (await from.listIncidents()).map(showIncident);
  const found = known.filter(({ id }) => id === start || id.startsWith(start));
  const [only] = found;
  if (only && found.length === 1) return only;
  throw problems.incidentNotFound({ incident: start, candidates: found.map(({ id }) => id) });
}

async function detailOf(id: string, from: StateStore | RemoteClient): Promise<ShownIncidentDetail> {
  if ("incidents" in from) return from.incident(id);
  const found = await from.getIncident(id);
  if (!found) throw problems.incidentNotFound({ incident: id, candidates: [] });
  return showIncidentDetail(found, await from.listDeliveries({ incident: id }));
}
