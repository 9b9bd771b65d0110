// Owns turning what the warehouse says about a bound query into an error at the user's own line and column.
import { type MeshError, problems } from "../errors/index.ts";
import type { BoundSql, Model } from "../manifest/index.ts";
import { offsetInQuery, sqlFailureOf } from "../warehouse/index.ts";

/** The error to throw: at its place in the file when it is about the query, else unchanged. */
export function sqlFailure(
  error: unknown,
  { model, bound }: { readonly model: Model; readonly bound: BoundSql },
): unknown {
  const failure = sqlFailureOf(error);
  if (!failure) return error;
  const offset = offsetInQuery(failure, bound.text);
  const location = (offset === undefined ? undefined : bound.locate(offset)) ?? model.location;
  return problems.sqlModelFailed(
    { model: model.id, reason: failure.reason },
    { location, cause: error, retryable: (error as MeshError).retryable },
  );
}
