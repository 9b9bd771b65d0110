// Who is told of an incident: the routes of its project, its owner, or the default; each once.
import { expect, test } from "vitest";
import type { AlertsConfig } from "../../core/config/index.ts";
import { routeAlert } from "../../core/observe/route-alert.ts";
import type { IncidentCause } from "../../core/state/index.ts";

const email = (to?: string) =>
  ({ kind: "email", smtp: "smtp://h", from: "m@example.com", timeoutMs: 1, ...(to !== undefined && { to }) }) as const;
const CONFIG: AlertsConfig = {
  channels: {
    chat: { kind: "webhook", url: "http://h", timeoutMs: 1 },
    mail: email(),
    desk: email("desk@example.com"),
    pager: { kind: "command", command: ["page"], timeoutMs: 1 },
  },
  owners: { slack: "chat", email: "mail" },
  routes: { fin: ["desk", "pager", "desk"] },
  default: ["pager"],
};
const cause = (project: string, owner: Omit<IncidentCause["owner"], "team"> = {}): IncidentCause => ({
  kind: "model",
  id: `${project}.m`,
  project,
  owner: { team: project, ...owner },
  why: "w",
});
const told = (of: IncidentCause, config = CONFIG) =>
  routeAlert(of, config).map(({ channel, recipient }) => `${channel}>${recipient}`);

test("an owner is told by the channels it has an address for", () => {
  expect(told(cause("shop", { slack: "#shop", email: "s@example.com" }))).toEqual(["chat>#shop", "mail>s@example.com"]);
  expect(told(cause("shop", { email: "s@example.com" }))).toEqual(["mail>s@example.com"]);
});

test("a route of the project takes the owner's place, and each of it is told once", () => {
  expect(told(cause("fin", { slack: "#fin", email: "f@example.com" }))).toEqual(["desk>desk@example.com", "pager>"]);
});

test("a channel with an address of its own writes there, whoever the owner is", () => {
  expect(told(cause("shop", { email: "s@example.com" }), { ...CONFIG, owners: { email: "desk" } })).toEqual([
    "desk>desk@example.com",
  ]);
});

test("without an address or a channel for it the default is told; without a default nobody", () => {
  expect(told(cause("shop"))).toEqual(["pager>"]);
  expect(told(cause("fin"), { ...CONFIG, routes: { fin: ["mail", "gone"] } })).toEqual(["pager>"]);
  expect(told(cause("shop"), { ...CONFIG, default: [] })).toEqual([]);
});
