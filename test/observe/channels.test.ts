// Alerts over real channels: an HTTP server that is slow, failing or hanging, an SMTP server, programs.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { AlertChannel, AlertsConfig } from "../../core/config/index.ts";
import { deliverAlerts, openChannels } from "../../core/observe/index.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { createServiceLevelDuties } from "../../scheduler/levels/index.ts";
import { processAlive } from "../support/process-alive.ts";
import { keepLog } from "../support/scheduler-log.ts";

const START = Date.parse("2026-11-26T12:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1_000);
const never = new AbortController().signal;
let folder: string;
let state: StateStore;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-channels-"));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A state store with one alert for the channel, and what delivers it. */
async function withAlert(channel: AlertChannel, env: Readonly<Record<string, string>> = {}, recipient = "#shop") {
  state = await openState({ kind: "sqlite", path: join(folder, `${createId()}.db`) });
  closing.push(() => state.close());
  await state.migrate();
  const secrets: string[] = [];
  const config: AlertsConfig = { channels: { it: channel }, owners: {}, routes: {}, default: [] };
  const surroundings = {
    root: folder,
    env: { PATH: process.env.PATH, ...env },
    hide: (text: string) => secrets.push(text),
  };
  const channels = openChannels(config, surroundings);
  closing.push(() => channels.close());
  const { version } = await state.readServiceLevels(at(0));
  const lines = ["Cause: <shop.raw> & more", ...Array.from({ length: 30 }, (_, i) => `${i} ${"x".repeat(280)}`)];
  await state.recordServiceLevels(version, {
    at: at(0),
    levels: [],
    changes: [],
    slots: [],
    forgotten: [],
    incidents: [],
    silenced: [],
    alerts: [
      {
        id: "a",
        key: "i:opened",
        incident: "i",
        kind: "opened",
        severity: "page",
        at: at(0),
        message: { title: "shop.raw breaks its promise", lines },
        deliveries: [{ channel: "it", recipient }],
      },
    ],
  });
  const deliver = (seconds: number, signal = never) => deliverAlerts(state, channels, at(seconds), signal);
  return { deliver, secrets, channels, deliveries: () => state.listDeliveries({}) };
}

type Answer = (body: string, headers: NodeJS.Dict<string | string[]>) => number | "hang" | "cut";

async function hook(answer: Answer): Promise<string> {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const status = answer(body, request.headers);
      if (status === "cut") request.socket.destroy();
      else if (status !== "hang") response.writeHead(status).end("a long answer with a secret");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a webhook gets Slack's form, with a key that tells repeated deliveries, and its URL is a secret", async () => {
  const got: { body: string; key: unknown }[] = [];
  const base = await hook((body, headers) => {
    got.push({ body, key: headers["idempotency-key"] });
    return 200;
  });
  const { deliver, secrets } = await withAlert(
    { kind: "webhook", url: "${HOOK}/T0/secret", timeoutMs: 2_000 },
    { HOOK: base },
  );
  expect(await deliver(1)).toEqual({ delivered: 1, failed: [] });
  expect(await deliver(2)).toEqual({ delivered: 0, failed: [] });
  expect(got).toHaveLength(1);
  expect(got[0]?.key).toBe("i:opened");
  const { text, blocks, channel, metadata } = JSON.parse(got[0]?.body ?? "");
  expect({ text, channel, metadata }).toEqual({
    text: "shop.raw breaks its promise",
    channel: "#shop",
    metadata: {
      event_type: "mesh_alert",
      event_payload: { key: "i:opened", kind: "opened", severity: "page", incident: "i" },
    },
  });
  expect(blocks[1].text.text).toContain("Cause: &lt;shop.raw&gt; &amp; more");
  for (const block of blocks) expect(block.text.text.length).toBeLessThan(3_000);
  expect(secrets).toContain(`${base}/T0/secret`);
});

test.each<[string, Answer, string]>([
  ["fails", () => 500, "it answered HTTP 500"],
  ["hangs", () => "hang", "no answer within 200 ms"],
  ["hangs up", () => "cut", "the request failed (UND_ERR_SOCKET)"],
  ["sends elsewhere", () => 302, "it answered HTTP 302"],
])("a webhook that %s is tried again later and later, until it takes it", async (what, bad, error) => {
  let works = false;
  const url = await hook((...got) => (works ? 200 : bad(...got)));
  const timeoutMs = what === "hangs" ? 200 : 10_000;
  const { deliver, deliveries } = await withAlert({ kind: "webhook", url, timeoutMs });
  expect((await deliver(1)).failed).toMatchObject([{ error, final: false }]);
  expect(await deliver(20)).toEqual({ delivered: 0, failed: [] });
  expect((await deliver(31)).failed).toHaveLength(1);
  expect(await deliver(80)).toEqual({ delivered: 0, failed: [] });
  works = true;
  expect(await deliver(91)).toEqual({ delivered: 1, failed: [] });
  expect(await deliveries()).toMatchObject([{ status: "delivered", attempts: 3 }]);
});

test("a webhook where nobody listens, and one whose variable is not set, are named without the URL", async () => {
  const { deliver, deliveries } = await withAlert({
    kind: "webhook",
    url: "http://127.0.0.1:1/secret",
    timeoutMs: 500,
  });
  expect((await deliver(1)).failed[0]?.error).toMatch(/^the request failed \(/);
  expect(JSON.stringify(await deliveries())).not.toContain("/secret");
  const unset = await withAlert({ kind: "webhook", url: "${NOT_SET}", timeoutMs: 500 });
  expect((await unset.deliver(1)).failed).toMatchObject([{ final: false, error: expect.stringContaining("NOT_SET") }]);
});

test("while one process delivers nobody else does", async () => {
  let arrived = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await hook(() => {
    arrived();
    return "hang";
  });
  const { deliver } = await withAlert({ kind: "webhook", url, timeoutMs: 1_000 });
  const first = deliver(1);
  await asked;
  expect(await deliver(2)).toEqual({ delivered: 0, failed: [] });
  expect((await first).failed).toMatchObject([{ error: "no answer within 1000 ms" }]);
});

test("a process that is to end does not wait for a webhook that hangs: it is tried again later", async () => {
  const url = await hook(() => "hang");
  const { deliver, deliveries } = await withAlert({ kind: "webhook", url, timeoutMs: 60_000 });
  const ending = new AbortController();
  const delivering = deliver(1, ending.signal);
  ending.abort();
  expect((await delivering).failed).toMatchObject([{ final: false }]);
  expect(await deliveries()).toMatchObject([{ status: "pending", attempts: 1 }]);
});

test("an alert for a channel that is configured no more is given up at once", async () => {
  const { deliveries } = await withAlert({ kind: "webhook", url: "http://127.0.0.1:1", timeoutMs: 500 });
  const config: AlertsConfig = { channels: {}, owners: {}, routes: {}, default: [] };
  const channels = openChannels(config, { root: folder, env: {}, hide: () => undefined });
  expect((await deliverAlerts(state, channels, at(1), never)).failed).toMatchObject([
    { error: "mesh.config.ts has no alert channel it any more", final: true },
  ]);
  expect(await deliveries()).toMatchObject([{ status: "failed" }]);
});

test("a delivery that never succeeds is given up after thirty attempts, and kept with its reason", async () => {
  const url = await hook(() => 503);
  const { deliver, deliveries } = await withAlert({ kind: "webhook", url, timeoutMs: 2_000 });
  let seconds = 0;
  for (let i = 0; i < 30; i++) {
    seconds += 4_000;
    await deliver(seconds);
  }
  expect(await deliveries()).toMatchObject([{ status: "failed", attempts: 30, error: "it answered HTTP 503" }]);
  expect(await deliver(seconds + 9_000)).toEqual({ delivered: 0, failed: [] });
});

interface Mail {
  readonly to: readonly string[];
  readonly text: string;
  readonly user?: string;
}

async function mailServer(refuse = false): Promise<{ readonly port: number; readonly mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password }, _, done) =>
      password === "p@ss/word" ? done(null, { user: username }) : done(new Error("no")),
    onRcptTo: (_address, _session, done) =>
      refuse ? done(Object.assign(new Error("p@ss/word refused"), { responseCode: 451 })) : done(),
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk) => {
        text += chunk;
      });
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text, ...(typeof session.user === "string" && { user: session.user }) });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

test("an e-mail goes to the owner through an SMTP server, with the password of the URL", async () => {
  const { port, mails } = await mailServer();
  const { deliver, secrets } = await withAlert(
    {
      kind: "email",
      smtp: "smtp://mesh:${SMTP_PASSWORD}@127.0.0.1:" + port,
      from: "Mesh <mesh@example.com>",
      timeoutMs: 3_000,
    },
    { SMTP_PASSWORD: encodeURIComponent("p@ss/word") },
    "shop@example.com",
  );
  expect(await deliver(1)).toEqual({ delivered: 1, failed: [] });
  expect(mails).toMatchObject([{ to: ["shop@example.com"], user: "mesh" }]);
  expect(mails[0]?.text).toContain("Subject: [mesh] shop.raw breaks its promise");
  expect(mails[0]?.text).toContain("X-Mesh-Alert: i:opened");
  expect(mails[0]?.text).toContain("Cause: <shop.raw> & more");
  expect(secrets).toContain("p@ss/word");
});

test("an e-mail that is sent twice has one message id, each recipient's its own", async () => {
  const { port, mails } = await mailServer();
  const smtp = `smtp://127.0.0.1:${port}`;
  const channel = { kind: "email" as const, smtp, from: "m@example.com", timeoutMs: 3_000 };
  const { channels, deliveries } = await withAlert(channel, {}, "shop@example.com");
  const [delivery] = await deliveries();
  const mail = await channels.channel("it");
  if (!delivery || !mail) throw new Error("there is no alert");
  for (const recipient of ["a@example.com", "a@example.com", "b@example.com"])
    await mail.send({ ...delivery, recipient }, never);
  const [first, again, other] = mails.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]);
  expect(first).toMatch(/^<[0-9a-f]{32}@mesh>/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test("a mail server that refuses is tried again, and its words are not repeated", async () => {
  const { port } = await mailServer(true);
  const channel = { kind: "email" as const, smtp: `smtp://127.0.0.1:${port}`, from: "m@example.com", timeoutMs: 3_000 };
  const { deliver } = await withAlert(channel, {}, "shop@example.com");
  expect((await deliver(1)).failed).toMatchObject([
    { error: "the mail server did not take it (SMTP 451)", final: false },
  ]);
});

test("a command gets the alert as JSON; what it does wrong is told", async () => {
  const written = join(folder, "got.json");
  const script = join(folder, "page.mjs");
  await writeFile(
    script,
    "import { readFileSync, writeFileSync } from 'node:fs'; writeFileSync(process.argv[2], readFileSync(0)); process.exit(Number(process.argv[3]));",
  );
  const command = (code: string) => [process.execPath, script, written, code];
  const good = await withAlert({ kind: "command", command: command("0"), timeoutMs: 10_000 });
  expect(await good.deliver(1)).toEqual({ delivered: 1, failed: [] });
  expect(JSON.parse(await readFile(written, "utf8"))).toMatchObject({
    key: "i:opened",
    severity: "page",
    at: "2026-11-26T12:00:00.000Z",
    message: { title: "shop.raw breaks its promise" },
  });
  const bad = await withAlert({ kind: "command", command: command("3"), timeoutMs: 10_000 });
  expect((await bad.deliver(1)).failed).toMatchObject([{ error: "the command ended with exit code 3" }]);
  const none = await withAlert({ kind: "command", command: ["/no/such/program"], timeoutMs: 10_000 });
  expect((await none.deliver(1)).failed).toMatchObject([{ error: "the command cannot be started (ENOENT)" }]);
});

test("a command that goes on when its process ends is killed with all it started", async () => {
  const pidFile = join(folder, "started.pid");
  const script = `const { writeFileSync, renameSync } = require("node:fs");
    const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
    writeFileSync("pid.tmp", String(child.pid)); renameSync("pid.tmp", ${JSON.stringify(pidFile)}); setInterval(() => {}, 1e6);`;
  const { deliver } = await withAlert({
    kind: "command",
    command: [process.execPath, "-e", script],
    timeoutMs: 60_000,
  });
  const ending = new AbortController();
  const delivering = deliver(1, ending.signal);
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 20_000, interval: 20 });
  ending.abort();
  expect((await delivering).failed).toMatchObject([{ error: "the command ended with SIGKILL", final: false }]);
  const pid = Number(await readFile(pidFile, "utf8"));
  await vi.waitFor(() => expect(processAlive(pid)).toBe(false), { timeout: 5_000, interval: 20 });
}, 30_000);

test("a command that does not end in time is killed", async () => {
  const command = [process.execPath, "-e", "setInterval(() => {}, 1e6)"];
  const { deliver } = await withAlert({ kind: "command", command, timeoutMs: 300 });
  expect((await deliver(1)).failed).toMatchObject([{ error: "the command was killed after 300 ms" }]);
});

test("the scheduler logs what it could not deliver, and whether it will try again", async () => {
  const it = { kind: "webhook", url: await hook(() => 500), timeoutMs: 2_000 } as const;
  await withAlert(it);
  const { log, lines } = keepLog();
  const deliver = async (seconds: number, channels: AlertsConfig["channels"]) => {
    const alerts = { channels, owners: {}, routes: {}, default: [] };
    const duties = createServiceLevelDuties({ alerts, root: folder, env: {}, hide: () => undefined });
    const context = { state, scheduleTime: async () => at(seconds), signal: never, log } as Partial<DutyContext>;
    await duties.find(({ name }) => name === "alerts")?.run(context as DutyContext);
  };
  await deliver(1, { it });
  await deliver(1, {});
  await deliver(60, {});
  expect(lines).toMatchObject([
    {
      level: "warn",
      fields: { alert: "i:opened", channel: "it", attempts: 1, error: expect.stringContaining("500") },
      message: "an alert is delivered again later",
    },
    {
      level: "warn",
      fields: { attempts: 2, error: expect.stringContaining("no alert channel it any more") },
      message: "an alert cannot be delivered; mesh incidents shows it",
    },
  ]);
});
