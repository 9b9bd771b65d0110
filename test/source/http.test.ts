// The HTTP adapter against a real server: each kind of paging, exact values, and every way in which an API misbehaves.
import { afterAll, describe, expect, test } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import type { ColumnSchema } from "../../core/manifest/index.ts";
import type { HttpConnection, HttpTable } from "../../core/source/http/options.ts";
import { type CursorWindow, openStore, type StoreAccount } from "../../core/source/index.ts";
import { type ApiServer, type Asked, type Reply, withApi } from "../support/api-server.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, named } from "../support/extract-all.ts";
import { landRows } from "../support/land-rows.ts";
import { READING } from "../support/policies.ts";

const ID: readonly ColumnSchema[] = [{ name: "id", type: "BIGINT" }];
const SECRET = "Bearer t0p-s3cret";
const ROWS = Array.from({ length: 25 }, (_, i) => ({ id: i + 1 }));

interface Read {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly account: StoreAccount | undefined;
}

async function openApi(server: ApiServer, table: HttpTable, connection: Partial<HttpConnection> = {}) {
  return openStore({
    id: "crm.api",
    client: "http",
    reading: READING,
    connection: {
      url: `${server.url}/v2`,
      headers: { authorization: SECRET },
      tables: { contacts: table },
      ...connection,
    } as unknown as Readonly<Record<string, unknown>>,
  });
}

async function readTable(
  server: ApiServer,
  table: HttpTable,
  columns: readonly ColumnSchema[] = ID,
  options: {
    readonly connection?: Partial<HttpConnection>;
    readonly window?: CursorWindow;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Read> {
  const connection = await openApi(server, table, options.connection);
  try {
    const session = await connection.openConsistentSession();
    const extraction = await session.extract({
      table: { identifier: "contacts" },
      columns: named(columns),
      window: options.window,
      signal: options.signal,
    });
    const account = extraction.account?.({ checksum: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytesOf(extraction)) chunks.push(chunk);
    const rows = parseCopyCsv(Buffer.concat(chunks).toString());
    expect(extraction.rows()).toBe(rows.length);
    return { rows, account: await account };
  } finally {
    await connection.close();
  }
}

async function failureOf(work: Promise<unknown>): Promise<MeshError> {
  const error = await work.then(
    () => expect.unreachable("it should have failed"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MeshError);
  expect(`${(error as MeshError).message} ${(error as MeshError).help}`).not.toContain(SECRET);
  return error as MeshError;
}

const ids = ({ rows }: Read) => rows.map(([id]) => Number(id));
const ALL = ROWS.map(({ id }) => id);

describe("pages", () => {
  const slice = (from: number, size: number) => ROWS.slice(from, from + size);

  test("without paging the answer is the list", () =>
    withApi(
      () => ({ body: ROWS }),
      async (server) => {
        const read = await readTable(server, {});
        expect(ids(read)).toEqual(ALL);
        expect(read.account).toMatchObject({ rows: 25, values: [25] });
        expect(server.asked).toHaveLength(1);
        expect(server.asked[0]?.path).toBe("/v2/contacts");
        expect(server.asked[0]?.headers.authorization).toBe(SECRET);
      },
    ));

  test("by number end with the first page that is not full", () =>
    withApi(
      ({ query }) => ({ body: { data: { items: slice((Number(query.get("page")) - 1) * 10, 10) } } }),
      async (server) => {
        const read = await readTable(server, {
          path: "/people",
          query: { active: true },
          rows: "data.items",
          paging: { kind: "page", size: { parameter: "per_page", value: 10 } },
        });
        expect(ids(read)).toEqual(ALL);
        expect(server.asked.map(({ query }) => String(query))).toEqual(
          [1, 2, 3].map((page) => `active=true&per_page=10&page=${page}`),
        );
      },
    ));

  test("by number that are smaller than asked for go on until one is empty when the API tells its total", () =>
    withApi(
      ({ query }) => ({ body: { items: slice((Number(query.get("page")) - 1) * 7, 7), total: 25 } }),
      async (server) =>
        expect(
          ids(
            await readTable(server, {
              rows: "items",
              total: "total",
              paging: { kind: "page", size: { parameter: "n", value: 100 } },
            }),
          ),
        ).toEqual(ALL),
    ));

  test("without the count that the table's total leads to are refused: nothing would be compared", () =>
    withApi(
      () => ({ body: { items: ROWS, count: 25 } }),
      async (server) => {
        const error = await failureOf(readTable(server, { rows: "items", total: "total" }));
        expect(error).toMatchObject({ code: "http/total-missing", message: expect.stringContaining("`total`") });
      },
    ));

  test("that tell the count on the first page only are compared with it", () =>
    withApi(
      ({ query }) => {
        const page = Number(query.get("page"));
        return { body: { items: slice((page - 1) * 10, 10), ...(page === 1 && { total: 26 }) } };
      },
      async (server) => {
        const paging = { kind: "page", size: { parameter: "n", value: 10 } } as const;
        const error = await failureOf(readTable(server, { rows: "items", total: "total", paging }));
        expect(error).toMatchObject({ code: "http/total-differs" });
      },
    ));

  test("that an API makes smaller than asked for go on until one is empty, also without a total", () =>
    withApi(
      ({ query }) => ({ body: slice((Number(query.get("page")) - 1) * 7, 7) }),
      async (server) => {
        const paging = { kind: "page", size: { parameter: "n", value: 100 } } as const;
        expect(ids(await readTable(server, { paging }))).toEqual(ALL);
        expect(server.asked).toHaveLength(5);
      },
    ));

  test("by offset go on from what has come", () =>
    withApi(
      ({ query }) => ({ body: slice(Number(query.get("skip")), 5) }),
      async (server) => {
        const paging = { kind: "offset", parameter: "skip", size: { parameter: "limit", value: 5 } } as const;
        expect(ids(await readTable(server, { paging }))).toEqual(ALL);
        expect(server.asked).toHaveLength(6);
      },
    ));

  test("by token end when there is none", () =>
    withApi(
      ({ query }) => {
        const from = Number(query.get("cursor") ?? 0);
        return { body: { rows: slice(from, 10), meta: { next: from + 10 < 25 ? from + 10 : null } } };
      },
      async (server) =>
        expect(ids(await readTable(server, { rows: "rows", paging: { kind: "cursor", next: "meta.next" } }))).toEqual(
          ALL,
        ),
    ));

  test("by Link header end when there is none", () =>
    withApi(
      ({ query }) => {
        const from = Number(query.get("from") ?? 0);
        const link =
          from + 10 < 25
            ? { link: `</v2/contacts?from=0>; rel="prev", </v2/contacts?from=${from + 10}>; rel="next"` }
            : {};
        return { body: slice(from, 10), headers: link };
      },
      async (server) => expect(ids(await readTable(server, { paging: { kind: "link" } }))).toEqual(ALL),
    ));

  test("of an API without rows give an empty table", () =>
    withApi(
      () => ({ body: [] }),
      async (server) => {
        const read = await readTable(server, { paging: { kind: "page" } });
        expect(read.rows).toEqual([]);
        expect(read.account).toMatchObject({ rows: 0, values: [0] });
      },
    ));
});

describe("values", () => {
  test("land exactly, numbers beyond 2^53 and decimals with all their digits", () =>
    withApi(
      () => ({
        body: `[{"id": 9007199254740993, "price": 12345678901234567890.12, "at": "2024-02-29T21:59:59.123456Z", "name": "ünï, \\"q\\"\\n", "tags": [1,  2], "ok": true},
                {"id": -1, "price": 0.10, "at": null, "name": "", "ok": false}]`,
      }),
      async (server) => {
        const columns = [
          { name: "id", type: "BIGINT" },
          { name: "price", type: "DECIMAL(22,2)" },
          { name: "at", type: "TIMESTAMP WITH TIME ZONE" },
          { name: "name", type: "VARCHAR" },
          { name: "tags", type: "JSON" },
          { name: "ok", type: "BOOLEAN" },
        ];
        const connection = await openApi(server, {});
        const session = await connection.openConsistentSession();
        const extraction = await session.extract({ table: { identifier: "contacts" }, columns: named(columns) });
        expect(await landRows(extraction, columns)).toEqual([
          [
            "9007199254740993",
            "12345678901234567890.12",
            "2024-02-29 21:59:59.123456+00",
            'ünï, "q"\n',
            "[1,  2]",
            "true",
          ],
          ["-1", "0.10", null, "", null, "false"],
        ]);
        await connection.close();
      },
    ));

  test("that do not fit are refused with their count and without themselves", () =>
    withApi(
      () => ({ body: [{ id: "secret-value" }, { id: 2 }, { id: 2.5 }] }),
      async (server) => {
        const error = await failureOf(readTable(server, {}));
        expect(error.code).toBe("store/value-not-representable");
        expect(error.message).toContain("`id` (BIGINT) in 2 rows");
        expect(error.message).not.toContain("secret-value");
      },
    ));

  test("of a key that no row has are not taken for NULL", () =>
    withApi(
      () => ({ body: ROWS }),
      async (server) => {
        const columns = [...ID, { name: "e_mail", type: "VARCHAR" }];
        const error = await failureOf(readTable(server, {}, columns));
        expect(error.code).toBe("http/key-never-seen");
        expect(error.message).toContain("`e_mail`");
        expect((await readTable(server, { optional: ["e_mail"] }, columns)).rows[0]).toEqual(["1", null]);
      },
    ));

  test("of a type that JSON cannot hold are refused before anything is asked", () =>
    withApi(
      () => ({ body: ROWS }),
      async (server) => {
        expect((await failureOf(readTable(server, {}, [{ name: "id", type: "BLOB" }]))).code).toBe(
          "store/type-not-exact",
        );
        expect(server.asked).toHaveLength(0);
      },
    ));
});

describe("a window", () => {
  const dated = [
    { id: 1, at: "2024-01-01T00:00:00Z" },
    { id: 2, at: "2024-01-02T01:00:00+01:00" },
    { id: 3, at: "2024-01-03T00:00:00Z" },
    { id: 4, at: null },
  ];
  const columns = [...ID, { name: "at", type: "TIMESTAMP WITH TIME ZONE" }];
  const window = {
    identifier: "at",
    type: "TIMESTAMP WITH TIME ZONE",
    from: "2024-01-02 00:00:00+00",
    to: "2024-01-03 00:00:00+00",
  };

  test("is asked for, and kept to exactly whatever the API understands by it", () =>
    withApi(
      () => ({ body: dated }),
      async (server) => {
        const read = await readTable(server, { window: { from: "since", to: "until" } }, columns, { window });
        expect(ids(read)).toEqual([2]);
        expect(read.account).toMatchObject({ rows: 1, values: [1, 1] });
        expect(server.asked[0]?.query.get("since")).toBe("2024-01-02T00:00:00Z");
        expect(server.asked[0]?.query.get("until")).toBe("2024-01-03T00:00:00Z");
      },
    ));

  test("of a table without parameters for it is refused before anything is asked", () =>
    withApi(
      () => ({ body: dated }),
      async (server) => {
        expect((await failureOf(readTable(server, { window: { from: "since" } }, columns, { window }))).code).toBe(
          "http/no-window",
        );
        expect(server.asked).toHaveLength(0);
      },
    ));
});

let injected = 0;
afterAll(() => {
  console.log(`http: ${injected} faults injected`);
  expect(injected).toBeGreaterThan(0);
});

/** Misbehaves at the first `times` requests. */
function faulty(
  fault: Reply,
  times = Number.POSITIVE_INFINITY,
  then: (asked: Asked) => Reply = () => ({ body: ROWS }),
) {
  return (asked: Asked, count: number): Reply => {
    if (count > times) return then(asked);
    injected++;
    return fault;
  };
}

describe("an API that misbehaves", () => {
  test.each<[string, Reply]>([
    ["is overloaded", { status: 503, headers: { "retry-after": "0" } }],
    ["limits the rate", { status: 429, headers: { "retry-after": "0" } }],
    ["fails", { status: 500 }],
    ["cuts the body", { body: ROWS, cutAfter: 40 }],
    ["cuts before the body", { body: ROWS, cutAfter: 0 }],
    ["hangs", { hang: true }],
  ])("once because it %s is asked again, and every row comes once", (_, fault) =>
    withApi(faulty(fault, 1), async (server) => {
      const read = await readTable(server, {}, ID, { connection: { timeout: "300ms" } });
      expect(ids(read)).toEqual(ALL);
      expect(server.asked).toHaveLength(2);
    }),
  );

  test.each<[string, Reply, string]>([
    ["fails", { status: 500 }, "http/status"],
    ["knows no such address", { status: 404 }, "http/status"],
    ["refuses the login", { status: 401 }, "store/access-denied"],
    ["denies the read", { status: 403 }, "store/permission-denied"],
    ["cuts every body", { body: ROWS, cutAfter: 40 }, "store/connection-lost"],
    ["hangs", { hang: true }, "store/timeout"],
    ["gives no JSON", { body: "<html>sorry</html>" }, "http/not-json"],
    ["gives half of a JSON", { body: '[{"id": 1}, {"id"' }, "http/not-json"],
    ["gives bytes that are no UTF-8", { body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) }, "http/not-json"],
    ["gives an object", { body: { items: ROWS } }, "http/rows-missing"],
    ["gives a list of numbers", { body: [1, 2] }, "http/rows-missing"],
    ["gives one key twice", { body: '[{"id": 1, "id": 2}]' }, "http/not-json"],
    ["sends away to another host", { status: 302, headers: { location: "http://127.0.0.2:1/x" } }, "http/redirected"],
    ["sends away in a circle", { status: 302, headers: { location: "/v2/contacts" } }, "http/redirected"],
    ["gives a page too large", { body: ROWS }, "http/page-too-large"],
  ])("for good because it %s ends the read with what to do", (what, fault, code) =>
    withApi(faulty(fault), async (server) => {
      const limits = { timeout: "200ms", retries: 1, ...(what.endsWith("too large") && { max_page: "0.1KB" }) };
      const error = await failureOf(readTable(server, {}, ID, { connection: limits }));
      expect(error.code).toBe(code);
      expect(error.help).not.toBe("");
      expect(error.message).toContain("crm.api");
    }),
  );

  test("whose paging parameter means nothing is found out at the second page", () =>
    withApi(faulty({ body: ROWS }), async (server) => {
      const error = await failureOf(readTable(server, { paging: { kind: "page" } }));
      expect(error.code).toBe("http/page-repeats");
      expect(server.asked).toHaveLength(2);
    }));

  test("whose token goes in a circle is found out", () =>
    withApi(faulty({ body: { rows: ROWS, next: "again" } }), async (server) => {
      const table: HttpTable = { rows: "rows", paging: { kind: "cursor", next: "next" } };
      expect((await failureOf(readTable(server, table))).code).toBe("http/page-repeats");
    }));

  test("that has more pages than allowed is stopped", () =>
    withApi(
      ({ query }) => ({ body: [{ id: Number(query.get("page")) }] }),
      async (server) => {
        const error = await failureOf(readTable(server, { max_pages: 3, paging: { kind: "page" } }));
        expect(error.code).toBe("http/page-repeats");
        expect(server.asked).toHaveLength(3);
      },
    ));

  test("that gives fewer rows than it says there are is not believed", () =>
    withApi(faulty({ body: { items: ROWS.slice(0, 24), total: 25 } }), async (server) => {
      const error = await failureOf(readTable(server, { rows: "items", total: "total" }));
      expect(error.code).toBe("http/total-differs");
      expect(error.message).toContain("25");
    }));

  test("that is not there is told so", () =>
    withApi(
      () => ({ body: ROWS }),
      async (server) => {
        await server.close();
        const error = await failureOf(readTable(server, {}, ID, { connection: { retries: 0 } }));
        expect(error.code).toBe("store/unreachable");
      },
    ));

  test("and hangs is left at once when the run is cancelled", () =>
    withApi(faulty({ hang: true }), async (server) => {
      const abort = new AbortController();
      const reading = readTable(server, {}, ID, { signal: abort.signal });
      while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const reason = new Error("the run was cancelled");
      abort.abort(reason);
      await expect(reading).rejects.toBe(reason);
    }));
});

test.each([
  ["https://user:pw@example.com/api", "holds a user"],
  ["ftp://example.com", "neither http nor https"],
  ["example", "not an address"],
  ["https://example.com/api?token=x", "has a query"],
])("the address %s is refused", async (url, reason) => {
  const opening = openStore({
    id: "crm.api",
    client: "http",
    reading: READING,
    connection: { url, tables: {} },
  });
  const error = await failureOf(opening);
  expect(error.code).toBe("store/connection-invalid");
  expect(error.message).toContain(reason);
});

test("a table that the connection does not describe has no columns, and the described ones are told", () =>
  withApi(
    () => ({ body: ROWS }),
    async (server) => {
      const connection = await openApi(server, {});
      const session = await connection.openConsistentSession();
      expect(await session.columns({ identifier: "contact" })).toBeUndefined();
      expect(await session.tables()).toEqual(["contacts"]);
      await expect(session.extract({ table: { identifier: "contact" }, columns: named(ID) })).rejects.toMatchObject({
        code: "http/table-undeclared",
      });
      await connection.close();
    },
  ));
