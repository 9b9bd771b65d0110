// Owns asking the API of a running scheduler: one method for each thing a command may want, each answer checked for its form.
import type { z } from "zod";
import {
  type AskCancel,
  type AskMute,
  type AskPauseEnd,
  type AskPauseOf,
  type AskResume,
  type AskRetire,
  type AskRollBack,
  type AskRun,
  type AskTrigger,
  attainmentShape,
  auditShape,
  auditVerdictShape,
  backfillDetailShape,
  backfillShape,
  buildShape,
  deploymentShape,
  eventShape,
  freshnessShape,
  incidentDetailShape,
  incidentShape,
  muteShape,
  pageOf,
  pastDeploymentShape,
  pauseShape,
  problemShape,
  runDetailShape,
  runShape,
  type ShownAttainment,
  type ShownAudit,
  type ShownAuditVerdict,
  type ShownBackfill,
  type ShownBackfillDetail,
  type ShownBuild,
  type ShownDeployment,
  type ShownEvent,
  type ShownFreshness,
  type ShownIncident,
  type ShownIncidentDetail,
  type ShownMute,
  type ShownPastDeployment,
  type ShownPause,
  type ShownRun,
  type ShownRunDetail,
  type ShownSchedule,
  type ShownStanding,
  type ShownSwitch,
  type ShownUnpaused,
  scheduleShape,
  standingShape,
  switchedShape,
  unpausedShape,
} from "../../catalog/index.ts";
import { MeshError, problems } from "../../errors/index.ts";
import { readEventBlocks } from "./read-event-blocks.ts";

export interface RemoteClient {
  /** Newest first. */
  runs(limit: number, schedule?: string): Promise<readonly ShownRun[]>;
  run(id: string): Promise<ShownRunDetail>;
  builds(filter: { readonly model?: string; readonly limit: number }): Promise<readonly ShownBuild[]>;
  schedules(): Promise<readonly ShownSchedule[]>;
  standing(schedule: string): Promise<ShownStanding>;
  freshness(selection: { readonly select?: string; readonly exclude?: string }): Promise<readonly ShownFreshness[]>;
  attainments(filter: { readonly month?: string; readonly project?: string }): Promise<readonly ShownAttainment[]>;
  incident(id: string): Promise<ShownIncidentDetail>;
  settleIncident(id: string, verb: "acknowledge" | "resolve", ask: { readonly reason: string }): Promise<ShownIncident>;
  incidents(filter: { readonly open?: boolean; readonly limit: number }): Promise<readonly ShownIncident[]>;
  /** Those in force. */
  deployments(): Promise<readonly ShownDeployment[]>;
  /** Newest first. */
  deploymentHistory(project: string, limit: number): Promise<readonly ShownPastDeployment[]>;
  rollBackDeployment(project: string, ask: AskRollBack): Promise<ShownSwitch>;
  retireProject(project: string, ask: AskRetire): Promise<ShownSwitch>;
  askRun(ask: AskRun): Promise<ShownRun>;
  trigger(schedule: string, ask: AskTrigger): Promise<ShownRun>;
  cancel(runId: string, ask: AskCancel): Promise<ShownRun>;
  resume(runId: string, ask: AskResume): Promise<ShownRun>;
  pauses(filter: { readonly ended?: boolean; readonly limit: number }): Promise<readonly ShownPause[]>;
  pause(ask: AskPauseOf): Promise<ShownPause>;
  unpause(ask: AskPauseEnd): Promise<ShownUnpaused>;
  /** Newest first. */
  backfills(filter: { readonly open: boolean; readonly limit: number }): Promise<readonly ShownBackfill[]>;
  backfill(id: string): Promise<ShownBackfillDetail>;
  cancelBackfill(id: string, ask: { readonly reason: string }): Promise<ShownBackfill>;
  mutes(filter: { readonly ended?: boolean; readonly limit: number }): Promise<readonly ShownMute[]>;
  mute(ask: AskMute): Promise<ShownMute>;
  unmute(subject: string): Promise<readonly ShownMute[]>;
  /** Newest first. */
  audit(filter: {
    readonly subject?: string;
    readonly actor?: string;
    readonly since?: Date;
    readonly limit: number;
  }): Promise<readonly ShownAudit[]>;
  auditVerdict(): Promise<ShownAuditVerdict>;
  /** What happens to a run, from its beginning to its end; a lost connection is made anew where it was lost. */
  follow(runId: string, signal: AbortSignal): AsyncIterable<ShownEvent>;
}

const ANSWER_MS = 30_000;
const RECONNECT_MS = 1_000;
const MAX_RECONNECTS = 60;
const LARGEST_PAGE = 500;

/** `url`: of the API, such as `http://127.0.0.1:4200`. Throws `remote/bad-url`, `remote/token-missing`. */
export function createRemote(url: string, token: string | undefined): RemoteClient {
  const base = readUrl(url);
  if (token === undefined || token === "") throw problems.remoteTokenMissing({ url: base });
  const headers = { authorization: `Bearer ${token}` };

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, {
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
      });
    } catch (cause) {
      throw problems.remoteUnreachable({ url: base, reason: reasonOf(cause) }, { cause, retryable: true });
    }
    if (!response.ok) throw await refusalOf(response, base);
    return response;
  }

  async function ask<Shape extends z.ZodType>(shape: Shape, path: string, body?: object): Promise<z.infer<Shape>> {
    const response = await request(
      path,
      body && { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } },
    );
    const read = shape.safeParse(await response.json().catch(() => undefined));
    if (!read.success) throw problems.remoteNotMesh({ url: base, reason: "its answer has another form" });
    return read.data;
  }

  /** Pages until there are so many, or no more. */
  async function pages<Shape extends z.ZodType>(shape: Shape, path: string, query: Query, limit: number) {
    const items: z.infer<Shape>[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(
        pageOf(shape),
        path + queryText({ ...query, cursor, limit: Math.min(LARGEST_PAGE, limit - items.length) }),
      );
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined && items.length < limit);
    return items;
  }

  const part = encodeURIComponent;
  return {
    runs: (limit, schedule) => pages(runShape, "/v1/runs", { schedule }, limit),
    run: (id) => ask(runDetailShape, `/v1/runs/${part(id)}`),
    builds: ({ model, limit }) => pages(buildShape, "/v1/builds", { model }, limit),
    schedules: () => ask(scheduleShape.array(), "/v1/schedules"),
    standing: (schedule) => ask(standingShape, `/v1/schedules/${part(schedule)}/standing`),
    freshness: (selection) => ask(freshnessShape.array(), `/v1/freshness${queryText(selection)}`),
    attainments: (filter) => ask(attainmentShape.array(), `/v1/slo${queryText(filter)}`),
    incident: (id) => ask(incidentDetailShape, `/v1/incidents/${part(id)}`),
    settleIncident: (id, verb, body) => ask(incidentShape, `/v1/incidents/${part(id)}/${verb}`, body),
    incidents: ({ open, limit }) =>
      ask(
        incidentShape.array(),
        `/v1/incidents${queryText({ limit, ...(open !== undefined && { open: String(open) }) })}`,
      ),
    deployments: () => ask(deploymentShape.array(), "/v1/deployments?current=true"),
    deploymentHistory: (project, limit) =>
      ask(pastDeploymentShape.array(), `/v1/deployments/${part(project)}/history${queryText({ limit })}`),
    rollBackDeployment: (project, body) => ask(switchedShape, `/v1/deployments/${part(project)}/rollback`, body),
    retireProject: (project, body) => ask(switchedShape, `/v1/deployments/${part(project)}/retire`, body),
    askRun: (body) => ask(runShape, "/v1/runs", body),
    trigger: (schedule, body) => ask(runShape, `/v1/schedules/${part(schedule)}/trigger`, body),
    cancel: (id, body) => ask(runShape, `/v1/runs/${part(id)}/cancel`, body),
    resume: (id, body) => ask(runShape, `/v1/runs/${part(id)}/resume`, body),
    pauses: ({ ended = false, limit }) =>
      ask(pauseShape.array(), `/v1/pauses${queryText({ ended: String(ended), limit })}`),
    pause: (body) => ask(pauseShape, "/v1/pauses", body),
    unpause: (body) => ask(unpausedShape, "/v1/pauses/end", body),

    backfills: ({ open, limit }) =>
      ask(backfillShape.array(), `/v1/backfills${queryText({ open: String(open), limit })}`),
    backfill: (id) => ask(backfillDetailShape, `/v1/backfills/${part(id)}`),
    cancelBackfill: (id, body) => ask(backfillShape, `/v1/backfills/${part(id)}/cancel`, body),
    mutes: ({ ended = false, limit }) =>
      ask(muteShape.array(), `/v1/mutes${queryText({ ended: String(ended), limit })}`),
    mute: (body) => ask(muteShape, "/v1/mutes", body),
    unmute: (subject) => ask(muteShape.array(), "/v1/mutes/end", { subject }),
    audit: ({ limit, since, ...filter }) =>
      pages(auditShape, "/v1/audit", { ...filter, since: since?.toISOString() }, limit),
    auditVerdict: () => ask(auditVerdictShape, "/v1/audit/verdict"),

    async *follow(runId, signal) {
      let lastId: string | undefined;
      let failures = 0;
      while (!signal.aborted) {
        try {
          const response = await request(`/v1/runs/${part(runId)}/events`, {
            signal,
            ...(lastId !== undefined && { headers: { "last-event-id": lastId } }),
          });
          if (response.status === 204 || !response.body) return;
          for await (const { id, event, data } of readEventBlocks(response.body)) {
            failures = 0;
            lastId = id ?? lastId;
            if (event === "progress" || event === "reset") continue;
            const shown = eventShape.safeParse(data);
            if (!shown.success) throw problems.remoteNotMesh({ url: base, reason: "its events have another form" });
            yield shown.data;
            if (shown.data.kind === "run" && !["waiting", "running"].includes(shown.data.status)) return;
          }
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof MeshError && !error.retryable) throw error;
          if (++failures > MAX_RECONNECTS) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    },
  };
}

type Query = Readonly<Record<string, string | number | undefined>>;

function queryText(query: Query): string {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])) as [
      string,
      string,
    ][],
  );
  return parameters.size === 0 ? "" : `?${parameters}`;
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw problems.remoteBadUrl({});
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function reasonOf(cause: unknown): string {
  const { cause: inner, message, name } = cause as Error & { readonly cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return `no answer in ${ANSWER_MS / 1_000} s`;
  return inner?.code ?? inner?.message ?? message;
}

/** The problem that the API tells, as if it had happened here. */
async function refusalOf(response: Response, url: string): Promise<MeshError> {
  const told = problemShape.safeParse(await response.json().catch(() => undefined));
  if (!told.success)
    return problems.remoteNotMesh({ url, reason: `it answers ${response.status} without a problem of mesh` });
  return new MeshError({ ...told.data, retryable: response.status === 503 });
}
