// Owns what every route's description has in common, in the OpenAPI document.
import { z } from "@hono/zod-openapi";
import { problemShape } from "../../core/catalog/index.ts";

const problem = (description: string) =>
  ({ description, content: { "application/problem+json": { schema: problemShape } } }) as const;

export const refusals = {
  400: problem("A field that does not exist, is missing, or has a wrong value"),
  401: problem("No token, or none that is good"),
  403: problem("The token may only look"),
} as const;

export const notFound = { 404: problem("There is no such thing") } as const;
export const conflict = { 409: problem("It is not in a state in which that can be done") } as const;
export const unselectable = { 422: problem("The selection names nothing that is deployed") } as const;

export const answer = <Shape extends z.ZodType>(schema: Shape, description: string) =>
  ({ description, content: { "application/json": { schema } } }) as const;

/** A body that must be there. */
export const body = <Shape extends z.ZodType>(schema: Shape) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

export const idParam = (what: string) => z.object({ id: z.string().min(1).max(300).openapi({ description: what }) });
