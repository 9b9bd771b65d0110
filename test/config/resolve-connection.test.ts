// Owns the behaviour of environment variables in connections and of .env files.
import { describe, expect, it } from "vitest";
import { parseEnvironmentFile, resolveConnection } from "../../core/config/index.ts";
import { Redactor } from "../../core/util/index.ts";

const place = { what: "store shop.shop_db", location: { file: "projects/shop/project.yml", line: 4, column: 3 } };
const URL_WITH_PASSWORD = "postgres://shop:p%40ssw0rd@db.internal:5432/shop";

describe("resolveConnection", () => {
  it.each([
    ["a whole variable", "${DB}", { DB: "postgres://h/d" }, "postgres://h/d"],
    ["a variable inside text", "postgres://u@${HOST}:5432/d", { HOST: "h" }, "postgres://u@h:5432/d"],
    ["a default when unset", "${DB:-data/shop.db}", {}, "data/shop.db"],
    ["a default when empty, as a shell does", "${DB:-data/shop.db}", { DB: "" }, "data/shop.db"],
    ["an empty default", "a${DB:-}b", {}, "ab"],
    ["an empty variable without a default", "a${DB}b", { DB: "" }, "ab"],
    ["a value that looks like a place, once", "${A}", { A: "${B}", B: "no" }, "${B}"],
    ["a dollar sign alone", "p$ss", {}, "p$ss"],
  ])("substitutes %s", (_, template, env, expected) => {
    expect(resolveConnection(template, env, place).value).toBe(expected);
  });

  it("substitutes in every text of an object and leaves other values", () => {
    const template = {
      host: "${HOST}",
      port: 5432,
      ssl: { ca: "${CA}", rejectUnauthorized: true },
      hosts: ["${HOST}", "b"],
    };
    expect(resolveConnection(template, { HOST: "h", CA: "pem-text" }, place).value).toEqual({
      host: "h",
      port: 5432,
      ssl: { ca: "pem-text", rejectUnauthorized: true },
      hosts: ["h", "b"],
    });
  });

  it("names every missing variable in one error with the place", () => {
    const template = { host: "${SHOP_HOST}", password: "${SHOP_PASSWORD}", user: "${SHOP_USER:-shop}" };
    expect(() => resolveConnection(template, { OTHER: "hunter2" }, place)).toThrow(
      expect.objectContaining({
        code: "config/missing-environment",
        message: "store shop.shop_db needs the environment variables SHOP_HOST, SHOP_PASSWORD, which are not set.",
        help: "Set it in the environment or in a .env file beside mesh.config.ts, or write a default: ${NAME:-default}.",
        location: place.location,
      }),
    );
  });

  it.each(["${DB", "${}", "${1X}", "${DB-x}", "${DB:?must}", "${a b}"])(
    "refuses the form %s without printing the rest",
    (form) => {
      const template = `postgres://u:hunter2@${form}`;
      const error = (() => {
        try {
          return resolveConnection(template, { DB: "x" }, place);
        } catch (e) {
          return e as Error;
        }
      })();
      expect(error).toMatchObject({ code: "config/malformed-environment", location: place.location });
      expect(JSON.stringify([error, (error as Error).message])).not.toContain("hunter2");
    },
  );

  it.each<[string, string | Record<string, unknown>, Record<string, string>, readonly string[], readonly string[]]>([
    [
      "the password of a URL in one variable",
      "${DB}",
      { DB: URL_WITH_PASSWORD },
      [URL_WITH_PASSWORD, "p%40ssw0rd", "p@ssw0rd"],
      ["db.internal"],
    ],
    [
      "a password put into a URL",
      "postgres://shop:${PW}@db.internal/shop",
      { PW: "hunter2!" },
      ["hunter2!"],
      ["db.internal"],
    ],
    ["a password written out", "mysql://u:hunter22@h/d", {}, ["hunter22"], []],
    [
      "a password of an object, not its host",
      { host: "${H}", password: "${PW}" },
      { H: "db.internal", PW: "hunter2!" },
      ["hunter2!"],
      ["db.internal"],
    ],
    ["a token in a URL's query", "libsql://h?authToken=${T}", { T: "abcdef123" }, ["abcdef123"], []],
    ["a password of a key=value string", "${DB}", { DB: "host=h password=hunter2!" }, ["hunter2!"], []],
    [
      "what the environment puts into the description of a table, not the description",
      {
        url: "https://h/v1",
        headers: { authorization: "Bearer ${T}" },
        tables: { t: { rows: "data.items", query: { status: "active", key: "${T}" } } },
      },
      { T: "abcdef123" },
      ["abcdef123"],
      ["data.items", "active", "https://h/v1"],
    ],
    ["no plain file path", "${DB}", { DB: "/srv/data/shop.db" }, [], ["/srv/data/shop.db"]],
  ])("registers as secret %s", (_, template, env, hidden, shown) => {
    const redactor = new Redactor();
    for (const secret of resolveConnection(template, env, place).secrets) redactor.add(secret);
    for (const text of hidden)
      expect(redactor.redact(`the value is ${env.DB?.startsWith("host=") ? env.DB : text}.`)).not.toContain(text);
    for (const text of shown) expect(redactor.redact(`reached ${text}.`)).toContain(text);
  });
});

describe("parseEnvironmentFile", () => {
  it("reads the usual forms", () => {
    const text = [
      "\uFEFF# comment",
      "",
      "A=1",
      "export B = two words # comment",
      'C="a # b\\n\\"q\\"" # c',
      "D='$raw\\n'",
      "E=",
      "F=postgres://u:p#w@h/d",
      "G=x=y\r",
    ].join("\n");
    expect(parseEnvironmentFile(text)).toEqual({
      A: "1",
      B: "two words",
      C: 'a # b\n"q"',
      D: "$raw\\n",
      E: "",
      F: "postgres://u:p#w@h/d",
      G: "x=y",
    });
  });

  it.each([
    ["A-B=1", ".env: line 2 is not NAME=value."],
    ["justtext", ".env: line 2 is not NAME=value."],
    ['A="open', ".env: the quote on line 2 is not closed."],
    ["A='open", ".env: the quote on line 2 is not closed."],
  ])("refuses %s", (line, message) => {
    expect(() => parseEnvironmentFile(`X=1\n${line}\n`)).toThrow(
      expect.objectContaining({
        code: "config/invalid-env-file",
        message,
        location: { file: ".env", line: 2, column: 1 },
      }),
    );
  });
});
