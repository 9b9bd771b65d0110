// What the API refuses whatever the route, what it says of itself in every answer, and what of a failure leaves the process.
import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { createRemote } from "../../core/cli/remote/remote-client.ts";
import { problems } from "../../core/errors/index.ts";
import { createEventRetention, serveApi } from "../../scheduler/api/index.ts";
import { statusOf } from "../../scheduler/api/problem-answer.ts";
import { withApi } from "../support/api-bench.ts";

test("the character NUL, which no database takes in a text, is refused wherever it stands; text that only looks like it is not", async () => {
  await withApi(async ({ call, state }) => {
    const answers = await Promise.all([
      call("GET", "/v1/runs/a%00b"),
      call("GET", "/v1/audit?actor=a%00b"),
      call("POST", "/v1/runs", { body: { schedule: "shop.hourly", reason: "a\0b" } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(await answers[2]?.json()).toMatchObject({
      code: "api/bad-request",
      message: expect.stringContaining("NUL"),
    });
    expect(await state.listRuns()).toEqual([]);
    const looks = await call("POST", "/v1/runs", { body: { schedule: "shop.hourly", reason: "a\\u0000b" } });
    expect(looks.status).toBe(202);
    expect(await state.listRuns()).toMatchObject([{ reason: "a\\u0000b" }]);
  });
});

test("who sends no body need not say so: curl -X POST names neither its length nor its type", async () => {
  await withApi(async ({ context, tokens, state }) => {
    const server = await serveApi(context, { port: 0 });
    try {
      await state.pause({ kind: "schedule", name: "shop.hourly", why: "w" }, { actor: "ana", via: "cli" });
      const ask = (line: string) =>
        new Promise<string>((resolve, reject) => {
          let answer = "";
          const socket = connect(server.port, "127.0.0.1", () =>
            socket.write(
              `${line} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${tokens.operate}\r\nConnection: close\r\n\r\n`,
            ),
          );
          socket
            .on("data", (bytes) => {
              answer += bytes;
            })
            .on("end", () => resolve(answer.split("\r\n")[0] ?? ""))
            .on("error", reject);
        });
      expect(await ask("POST /v1/schedules/shop.hourly/unpause")).toBe("HTTP/1.1 200 OK");
      expect(await state.listPauses()).toEqual([]);
      expect(await ask("DELETE /v1/runs")).toBe("HTTP/1.1 405 Method Not Allowed");
    } finally {
      await server.close();
    }
  });
});

describe("who may ask", () => {
  test("a token that may only look is refused every method that may change something, known or not", async () => {
    await withApi(async ({ call }) => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"])
        expect([method, (await call(method, "/v1/runs", { as: "read" })).status]).toEqual([method, 403]);
      expect((await call("HEAD", "/v1/runs", { as: "read" })).status).toBe(200);
    });
  });

  test("only the document itself needs no token", async () => {
    await withApi(async ({ call }) => {
      expect((await call("GET", "/openapi.json", { as: "nobody" })).status).toBe(200);
      for (const path of ["/v1/models/openapi.json", "/openapi.json/x", "/v1/openapi.json"])
        expect([path, (await call("GET", path, { as: "nobody" })).status]).toEqual([path, 401]);
    });
  });

  test("a token comes as a bearer token, in any spelling of the word, and in no other way", async () => {
    await withApi(async ({ call, tokens }) => {
      const ask = async (authorization: string) =>
        (await call("GET", "/v1/runs", { as: "nobody", headers: { authorization } })).status;
      expect(await ask(`bearer ${tokens.read}`)).toBe(200);
      expect(await ask(`Basic ${tokens.read}`)).toBe(401);
      expect(await ask(tokens.read)).toBe(401);
      expect((await call("GET", `/v1/runs?token=${tokens.read}`, { as: "nobody" })).status).toBe(401);
    });
  });

  test("a page on another name learns nothing about a token: its name is refused first, in any spelling", async () => {
    await withApi(
      async ({ call }) => {
        const from = async (host: string) =>
          (await call("GET", "/v1/runs", { as: { token: "guessed" }, headers: { host } })).status;
        expect(await from("evil.example")).toBe(421);
        expect(await from("LOCALHOST:80")).toBe(401);
      },
      { hosts: ["localhost"] },
    );
  });

  test("unless told it listens on loopback only, and answers to no other name", async () => {
    await withApi(async ({ context, tokens }) => {
      const server = await serveApi(context, { port: 0 });
      try {
        expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
        const { request } = await import("node:http");
        const ask = (host: string) =>
          new Promise<number | undefined>((resolve, reject) =>
            request(
              `${server.url}/v1/runs`,
              { headers: { host, authorization: `Bearer ${tokens.read}` } },
              (response) => {
                response.resume();
                resolve(response.statusCode);
              },
            )
              .on("error", reject)
              .end(),
          );
        expect(await ask("localhost")).toBe(200);
        expect(await ask("evil.example")).toBe(421);
      } finally {
        await server.close();
      }
    });
  });

  test("a type that only begins like JSON's is not JSON", async () => {
    await withApi(async ({ call }) => {
      const send = async (type: string) =>
        (await call("POST", "/v1/runs", { body: { reason: "r" }, headers: { "content-type": type } })).status;
      expect(await send("application/jsonp")).toBe(415);
      expect(await send("application/json; charset=utf-8")).toBe(202);
    });
  });
});

describe("what an answer says", () => {
  test("nothing of it is kept by whoever passes it on, nor taken for another type", async () => {
    await withApi(async ({ call }) => {
      for (const [path, as] of [
        ["/v1/runs", "read"],
        ["/v1/runs/none", "read"],
        ["/v1/runs", "nobody"],
      ] as const) {
        const { headers } = await call("GET", path, { as });
        expect([path, as, headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual([
          path,
          as,
          "no-store",
          "nosniff",
        ]);
      }
    });
  });

  test("secrets are taken out of message and help of a problem", async () => {
    const reason = "hunter22";
    await withApi(
      async ({ call }) => {
        const text = await (await call("GET", "/v1/models")).text();
        expect(text).toContain("state/unreachable");
        expect(text).not.toContain(reason);
        const near = await (await call("GET", "/v1/models/fin.hunter2")).text();
        expect(near).not.toContain(reason);
      },
      {
        redact: (text) => text.replaceAll(reason, "***"),
        deployed: () => Promise.reject(problems.stateUnreachable({ store: "the state store", reason })),
      },
    );
    const manifest = { models: { "fin.hunter22": {} }, projects: {} } as never;
    await withApi(
      async ({ json }) => {
        expect(await json("GET", "/v1/models/fin.hunter2")).toMatchObject({ help: expect.stringContaining("fin.***") });
      },
      { redact: (text) => text.replaceAll(reason, "***"), deployed: async () => ({ manifest }) },
    );
  });

  test("a defect of mesh itself is told as a failure, without its words", async () => {
    await withApi(
      async ({ call }) => {
        const response = await call("GET", "/v1/models");
        expect([response.status, await response.json()]).toMatchObject([500, { code: "api/failed" }]);
      },
      { deployed: () => Promise.reject(problems.unexpected({ what: "reading", reason: "hunter22" })) },
    );
  });

  test("what passes by itself is 503, and says when to ask again", async () => {
    const busy = problems.stateLocked({ store: "state.db", waitedMs: 5_000 });
    await withApi(
      async ({ call }) => {
        const response = await call("GET", "/v1/models");
        expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
        expect((await call("GET", "/v1/runs/none")).headers.get("retry-after")).toBeNull();
      },
      { deployed: () => Promise.reject(busy) },
    );
    expect(statusOf(problems.stateUnreachable({ store: "s", reason: "r" }))).toBe(503);
    expect(statusOf(problems.stateDiskFull({ store: "s" }))).toBe(500);
  });

  test("a field's name that whoever asks made up comes back short and on one line", async () => {
    await withApi(async ({ json }) => {
      const field = `\u001b[31m\n${"x".repeat(500)}`;
      const { message } = await json<{ message: string }>("POST", "/v1/runs", { body: { reason: "r", [field]: 1 } });
      expect(message).toMatch(/^[\x20-\x7e]+$/);
      expect(message.length).toBeLessThan(200);
    });
  });
});

test("events are kept for seven days", async () => {
  const asked: number[] = [];
  const state = { removeEvents: async (ms: number) => asked.push(ms) };
  await createEventRetention().run({ state, log: { info: () => undefined } } as never);
  expect(asked).toEqual([7 * 86_400_000]);
});

test("the client sends its token to the address it was given and follows no redirect to another", async () => {
  const heard: (string | undefined)[] = [];
  const elsewhere = createServer((request, response) => {
    heard.push(request.headers.authorization);
    response.end("{}");
  });
  const moved = createServer((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${portOf(elsewhere)}/v1/runs` }).end();
  });
  for (const server of [elsewhere, moved]) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const remote = createRemote(`http://127.0.0.1:${portOf(moved)}/`, "mesh_x");
    await expect(remote.runs(1)).rejects.toMatchObject({ code: "remote/unreachable" });
    expect(heard).toEqual([]);
  } finally {
    for (const server of [elsewhere, moved]) server.close();
  }
});

const portOf = (server: ReturnType<typeof createServer>) => (server.address() as { readonly port: number }).port;
