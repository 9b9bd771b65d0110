// When a command asks the API, and the client of the API by itself: what it sends, how it reads answers in pieces and pages, when it asks again and when it gives up.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { ShownEvent } from "../../core/catalog/index.ts";
import { parseArguments } from "../../core/cli/parse-arguments.ts";
import { openRemote } from "../../core/cli/remote/open-remote.ts";
import { type EventBlock, readEventBlocks } from "../../core/cli/remote/read-event-blocks.ts";
import { createRemote } from "../../core/cli/remote/remote-client.ts";
import { createId } from "../../core/util/index.ts";

const never = new AbortController().signal;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A client of a server that answers so. */
async function remoteOf(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return createRemote(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "mesh_x");
}

const json = (response: ServerResponse, body: unknown, status = 200) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const run = () => ({
  id: createId(),
  command: "run",
  status: "success",
  executor: "workers",
  trigger: "manual",
  priority: 10,
  selection: "",
  startedAt: "2026-01-01T00:00:00.000Z",
  heartbeatAt: "2026-01-01T00:00:00.000Z",
  host: "h",
  pid: 1,
});

describe("asking the API at all", () => {
  const open = (line: string, env = {}) =>
    openRemote(parseArguments(line.split(" ")), { MESH_TOKEN: "mesh_x", ...env });
  const remote = { MESH_REMOTE: "http://127.0.0.1:1" };

  test("MESH_REMOTE means every command that can, --remote just this one", async () => {
    expect(await open("pauses", remote)).toBeDefined();
    expect(await open("pauses --remote http://127.0.0.1:1")).toBeDefined();
    expect(await open("pauses")).toBeUndefined();
    expect(await open("compile --target prod", remote)).toBeUndefined();
    expect(await open("deploy --by ana", remote)).toBeUndefined();
  });

  test("a command that cannot is refused, with why", async () => {
    await expect(open("backfill orders --remote http://127.0.0.1:1")).rejects.toMatchObject({
      code: "cli/not-remote",
      message: expect.stringContaining("cannot be done over the API. Its bounds are read by the warehouse"),
    });
  });

  test.each([
    ["pause system --why x --by ana", "--by", "token"],
    ["unpause system --by ana", "--by", "token"],
    ["trigger shop.hourly --by ana", "--by", "token"],
    ["backfills cancel b1 --by ana", "--by", "token"],
    ["deployments retire shop --why x --by ana", "--by", "token"],
    ["runs --target prod", "--target", "scheduler"],
    ["freshness --vars {}", "--vars", "mesh deploy"],
  ])("%s: what the API would not heed is refused, with why", async (line, option, why) => {
    const refused = { code: "cli/option-not-remote", message: expect.stringMatching(`${option}.*${why}`) };
    await expect(open(line, remote)).rejects.toMatchObject(refused);
    await expect(open(`${line} --remote http://127.0.0.1:1`)).rejects.toMatchObject(refused);
  });
});

describe("reading events as they come in", () => {
  const read = async (chunks: readonly Uint8Array[]) => {
    const blocks: EventBlock[] = [];
    for await (const block of readEventBlocks(ReadableStream.from(chunks) as ReadableStream<Uint8Array>))
      blocks.push(block);
    return blocks;
  };
  const text = 'retry: 2000\n\n: nothing new\n\nid: 7\nevent: run\ndata: {"a":\ndata: "naïve"}\n\ndata:1\n\nid: 8\n';

  test("however they are cut into pieces, they are the same", async () => {
    const bytes = Buffer.from(text);
    const whole = [
      { event: "run", id: "7", data: { a: "naïve" } },
      { event: "message", data: 1 },
    ];
    expect(await read([bytes])).toEqual(whole);
    for (let at = 1; at < bytes.length; at++)
      expect(await read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
});

describe("a list", () => {
  test("longer than a page is asked for page by page, no more than wanted, and ends where there is no more", async () => {
    const asked: string[] = [];
    const all = Array.from({ length: 900 }, run);
    const remote = await remoteOf((request, response) => {
      const query = new URL(request.url ?? "", "http://x").searchParams;
      const [from, limit] = [Number(query.get("cursor") ?? 0), Number(query.get("limit"))];
      asked.push(`${from} ${limit} ${query.get("schedule")}`);
      const next = from + limit < all.length ? { next: String(from + limit) } : {};
      json(response, { items: all.slice(from, from + limit), ...next });
    });
    expect((await remote.runs(620, "shop.hourly")).map(({ id }) => id)).toEqual(all.slice(0, 620).map(({ id }) => id));
    expect(asked).toEqual(["0 500 shop.hourly", "500 120 shop.hourly"]);
    expect(await remote.runs(5_000)).toHaveLength(900);
    expect(asked.slice(2)).toEqual(["0 500 null", "500 500 null"]);
  });

  test("with an answer of another form is no mesh's", async () => {
    const remote = await remoteOf((_, response) => json(response, { runs: [] }));
    await expect(remote.runs(1)).rejects.toMatchObject({ code: "remote/not-mesh" });
    const page = await remoteOf((_, response) => void response.writeHead(502).end("<html>bad gateway</html>"));
    await expect(page.runs(1)).rejects.toMatchObject({
      code: "remote/not-mesh",
      message: expect.stringContaining("502"),
    });
  });
});

test("what is asked about cannot leave its place in the path", async () => {
  const asked: (string | undefined)[] = [];
  const remote = await remoteOf((request, response) => {
    asked.push(request.url);
    json(response, { code: "run/not-found", message: "m", help: "h" }, 404);
  });
  await expect(remote.cancel("../schedules/x?y#z", { reason: "r" })).rejects.toMatchObject({ code: "run/not-found" });
  expect(asked).toEqual(["/v1/runs/..%2Fschedules%2Fx%3Fy%23z/cancel"]);
});

describe("following a run", () => {
  const shown = (status: string): ShownEvent => ({
    kind: "run",
    at: "2026-01-01T00:00:00.000Z",
    runId: "r",
    subject: "r",
    status,
    detail: {},
  });
  const follow = async (remote: ReturnType<typeof createRemote>) => {
    const statuses: string[] = [];
    for await (const { status } of remote.follow("r", never)) statuses.push(status);
    return statuses;
  };

  test("goes on behind the last event after a server that was busy and one that hung up; progress moves nothing", async () => {
    const from: unknown[] = [];
    const remote = await remoteOf((request, response) => {
      from.push(request.headers["last-event-id"]);
      if (from.length === 1) return json(response, { code: "state/locked", message: "m", help: "h" }, 503);
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (from.length === 3)
        return void response.end(`id: 6\nevent: run\ndata: ${JSON.stringify(shown("success"))}\n\n`);
      response.write(`id: 5\nevent: run\ndata: ${JSON.stringify(shown("running"))}\n\n`);
      response.write('event: progress\ndata: {"runId":"r","step":"s"}\n\n', () =>
        setTimeout(() => response.destroy(), 20),
      );
    });
    expect(await follow(remote)).toEqual(["running", "success"]);
    expect(from).toEqual([undefined, undefined, "5"]);
  });

  test("ends where the server says that all of it was told", async () => {
    const remote = await remoteOf((_, response) => void response.writeHead(204).end());
    expect(await follow(remote)).toEqual([]);
  });

  test("is not tried again when it was refused", async () => {
    let asked = 0;
    const remote = await remoteOf((_, response) => {
      asked++;
      json(response, { code: "api/forbidden", message: "m", help: "h" }, 403);
    });
    await expect(follow(remote)).rejects.toMatchObject({ code: "api/forbidden" });
    expect(asked).toBe(1);
  });
});
