// Problems of the HTTP API, as its callers see them, and of `--remote`, which is one of them.
import { defineProblem } from "../define-problem.ts";

export const apiUnauthenticated = defineProblem<{ reason: string }>(
  {
    code: "api/unauthenticated",
    doc: "A request to the API carried no token, or one that is good for nothing any more.",
  },
  ({ reason }) => ({
    message: `The API does not know who asks: ${reason}.`,
    help: "Make a token with `mesh token create --name <who> --role read` and send it as `Authorization: Bearer <token>`; the CLI takes it from MESH_TOKEN.",
  }),
);

export const apiForbidden = defineProblem<{ name: string; role: string; method: string }>(
  {
    code: "api/forbidden",
    doc: "A token of the role read asked for something to be done. Only tokens of the role operate ask for runs, stop them, or pause schedules.",
  },
  ({ name, role, method }) => ({
    message: `Token ${name} has the role ${role}: it may only look, not ${method}.`,
    help: `Use a token of the role operate: mesh token create --name <who> --role operate`,
  }),
);

export const apiHostRefused = defineProblem<{ host: string }>(
  {
    code: "api/host-refused",
    doc: "A request reached the API on this machine under another machine's name. A web page could have made the browser send it (DNS rebinding), so it is refused.",
  },
  ({ host }) => ({
    message: `The API on this machine does not answer to the name ${host}.`,
    help: "Ask it as 127.0.0.1 or localhost. Behind a proxy, start the scheduler with --api-host and the name that callers use.",
  }),
);

export const apiRouteNotFound = defineProblem<{ path: string }>(
  { code: "api/route-not-found", doc: "The API has nothing under this path." },
  ({ path }) => ({ message: `The API has nothing under ${path}.`, help: "See what there is: GET /openapi.json" }),
);

export const apiMethodNotAllowed = defineProblem<{ method: string; path: string; allowed: readonly string[] }>(
  { code: "api/method-not-allowed", doc: "The API's path exists, but not with this method." },
  ({ method, path, allowed }) => ({
    message: `${path} does not take ${method}.`,
    help: `It takes ${allowed.join(", ")}.`,
  }),
);

export const apiBadRequest = defineProblem<{ where: string; faults: readonly string[] }>(
  {
    code: "api/bad-request",
    doc: "The body or the query of a request has a field that does not exist, lacks one, or has a value of the wrong form. Nothing was done.",
  },
  ({ where, faults }) => ({
    message: `The ${where} of the request is wrong: ${faults.join("; ")}.`,
    help: "See what it takes: GET /openapi.json",
  }),
);

export const apiNotJson = defineProblem<{ reason: string }>(
  { code: "api/not-json", doc: "The body of a request to the API is not JSON." },
  ({ reason }) => ({
    message: `The body of the request cannot be read: ${reason}.`,
    help: "Send one JSON object with the header `Content-Type: application/json`.",
  }),
);

export const apiBodyTooLarge = defineProblem<{ maxBytes: number }>(
  { code: "api/body-too-large", doc: "The body of a request to the API is larger than any that could mean something." },
  ({ maxBytes }) => ({
    message: `The body of the request is larger than ${maxBytes} bytes.`,
    help: "Name fewer models: a selector such as tag:hourly or project:finance stands for many.",
  }),
);

export const apiTooManyListeners = defineProblem<{ limit: number }>(
  { code: "api/too-many-listeners", doc: "As many programs listen to the API's events as one process serves." },
  ({ limit }) => ({
    message: `${limit} listeners are connected to this process, and no more are served.`,
    help: "Close some, or ask another scheduler process.",
  }),
);

export const apiFailed = defineProblem<Record<never, never>>(
  {
    code: "api/failed",
    doc: "The API failed in a way it does not know. What happened is in the log of the scheduler, not in the answer.",
  },
  () => ({
    message: "The request failed inside the scheduler.",
    help: "Look into the scheduler's log, then ask again.",
  }),
);

export const apiPortUnusable = defineProblem<{ host: string; port: number; reason: string }>(
  { code: "api/port-unusable", doc: "The API cannot listen on the address it was given." },
  ({ host, port, reason }) => ({
    message: `The API cannot listen on ${host}:${port}: ${reason}.`,
    help: "Give another port with --api-port, or 0 for any free one.",
  }),
);

export const runAlreadyEnded = defineProblem<{ runId: string; status: string }>(
  { code: "run/already-ended", doc: "A run that has ended cannot be cancelled." },
  ({ runId, status }) => ({
    message: `Run ${runId} has ended already: ${status}.`,
    help: "What it published stays. `mesh rollback <model>` publishes an earlier build again.",
  }),
);

export const scheduleNotDeployed = defineProblem<{ schedule: string; near: string | undefined }>(
  { code: "schedule/not-deployed", doc: "No deployed project has a schedule of this name." },
  ({ schedule, near }) => ({
    message: `There is no schedule ${schedule}.`,
    help: near === undefined ? "See what there is: mesh schedules" : `Did you mean ${near}?`,
  }),
);

export const modelNotDeployed = defineProblem<{ model: string; near: string | undefined }>(
  { code: "api/model-not-found", doc: "No deployed project has a model of this name." },
  ({ model, near }) => ({
    message: `There is no model ${model}.`,
    help: near === undefined ? "See what there is: GET /v1/models" : `Did you mean ${near}?`,
  }),
);

export const scheduleEmpty = defineProblem<{ schedule: string }>(
  { code: "schedule/no-models", doc: "A run was asked for of a schedule that no deployed model is on." },
  ({ schedule }) => ({
    message: `No model is on the schedule ${schedule}.`,
    help: "Put models on it with `schedule:` in their config, then deploy the project.",
  }),
);

export const incidentNotHere = defineProblem<{ incident: string }>(
  { code: "api/incident-not-found", doc: "No incident has the id given to the API." },
  ({ incident }) => ({ message: `There is no incident ${incident}.`, help: "See what there is: GET /v1/incidents" }),
);

export const incidentNotOpen = defineProblem<{ incident: string; status: string }>(
  {
    code: "api/incident-settled",
    doc: "An incident that is resolved, or acknowledged already, was to be acknowledged or resolved.",
  },
  ({ incident, status }) => ({
    message: `Incident ${incident} is ${status} already.`,
    help: "Nothing to do. It opens anew by itself when its promises are not kept again.",
  }),
);
