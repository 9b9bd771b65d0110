// The OpenAPI document: well formed, and just what the API answers to.
import { expect, test } from "vitest";
import { problemDefinitions } from "../../core/errors/index.ts";
import { statusOf } from "../../scheduler/api/problem-answer.ts";
import { withApi } from "../support/api-bench.ts";

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

test("it is OpenAPI 3.1, needs no token, and every reference in it leads somewhere", async () => {
  await withApi(async ({ json }) => {
    const document = await json<Document & Record<string, unknown>>("GET", "/openapi.json", { as: "nobody" });
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: "mesh", version: expect.any(String) });
    expect(document.components.securitySchemes).toEqual({ token: { type: "http", scheme: "bearer" } });
    const references: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, item] of Object.entries(value)) {
        if (key === "$ref" && typeof item === "string") references.push(item);
        walk(item);
      }
    };
    walk(document);
    const lost = references.filter((reference) => {
      const parts = reference.replace(/^#\//, "").split("/");
      return (
        parts.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document) === undefined
      );
    });
    expect(lost).toEqual([]);
    expect(JSON.stringify(document), "3.0's way to say that null is allowed").not.toContain('"nullable"');
  });
});

test("every operation has a name of its own, a summary, its path's parameters, its answers and refusals", async () => {
  await withApi(async ({ json }) => {
    const operations = operationsOf(await json<Document>("GET", "/openapi.json"));
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`;
      expect(operation.operationId, where).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary, where).toMatch(/\w/);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(
        inPath.map(({ name }) => name),
        where,
      ).toEqual(named);
      expect(
        inPath.every(({ required }) => required),
        where,
      ).toBe(true);
      const statuses = Object.keys(operation.responses);
      expect(statuses, where).toEqual(expect.arrayContaining(["400", "401", "403"]));
      expect(
        statuses.some((status) => status.startsWith("2")),
        where,
      ).toBe(true);
      if (named.length > 0) expect(statuses, where).toContain("404");
      if (method === "post")
        expect(Object.keys(operation.requestBody?.content ?? {}), where).toEqual(["application/json"]);
      for (const { description } of Object.values(operation.responses)) expect(description, where).toMatch(/\w/);
    }
  });
});

test("it lists every route of the API, and nothing else", async () => {
  await withApi(async ({ api, json }) => {
    const listed = operationsOf(await json<Document>("GET", "/openapi.json")).map(
      ({ path, method }) => `${method.toUpperCase()} ${path}`,
    );
    const routes = api.app.routes
      .filter(({ method, path }) => method !== "ALL" && path !== "/openapi.json")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(listed.sort()).toEqual([...new Set(routes)].sort());
    expect(listed.length).toBeGreaterThan(15);
  });
});

test("every code that names the API has a status of its own kind", () => {
  const codes = problemDefinitions().filter(({ code }) => code.startsWith("api/"));
  const statuses = codes.map(({ code }) => [code, statusOf({ code, retryable: false } as never)] as const);
  // 422 is what remains when nobody has thought about it.
  expect(statuses.filter(([code, status]) => status === 422 && code !== "api/port-unusable")).toEqual([]);
});
