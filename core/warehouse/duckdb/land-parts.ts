// Owns landing the parts of a stream side by side: a pipe, a connection and a file for each; the first to fail for good ends them all.
import { rm } from "node:fs/promises";
import { createGate } from "../../util/index.ts";
import type { CsvPart, LoadColumn } from "../types.ts";
import { type CsvStreamRequest, checkTypes, copyCsvStream } from "./csv-stream.ts";
import type { EngineConnection } from "./engine.ts";
import type { FailureContext } from "./to-problem.ts";

/**
 * A COPY that waits for its pipe holds one of libuv's threads, and so does everything else that reads or connects on its
 * behalf: some are always left free. The number is read once, as libuv does.
 */
const THREADS_LEFT_FREE = 2;
const pipes = createGate(Math.max(1, (Number(process.env.UV_THREADPOOL_SIZE) || 4) - THREADS_LEFT_FREE));

/**
 * DuckDB's own size, and half of it once more than two parts land at the same time: measured with rows of 260 bytes, four
 * parts take 529 MB with the first and 379 MB with the second, at the same rate.
 */
const ROW_GROUP_SIZE = 122_880;
const ROW_GROUP_SIZE_OF_MANY = 61_440;

export interface LandPartsRequest {
  readonly model: string;
  readonly columns: readonly LoadColumn[];
  readonly parts: readonly CsvPart[];
}

export interface LandPartsContext extends FailureContext {
  readonly connect: (signal: AbortSignal) => Promise<EngineConnection>;
}

/** Writes the files and returns the rows of each. When it throws, nothing is being written any more. */
export async function landParts(
  { model, columns, parts }: LandPartsRequest,
  pathOf: (part: number) => string,
  context: LandPartsContext,
): Promise<readonly number[]> {
  checkTypes(model, columns);
  const rowGroupSize = parts.length > 2 ? ROW_GROUP_SIZE_OF_MANY : ROW_GROUP_SIZE;
  const failed = new AbortController();
  const stop = context.signal ? AbortSignal.any([context.signal, failed.signal]) : failed.signal;
  const landed = await Promise.allSettled(
    parts.map(async (part, i) => {
      try {
        return await landPart(part, { model, columns, target: pathOf(i), rowGroupSize }, { ...context, signal: stop });
      } catch (error) {
        // The others fail because of this one, and only this one's error is told.
        if (!failed.signal.aborted) failed.abort(error);
        throw error;
      }
    }),
  );
  if (failed.signal.aborted) throw failed.signal.reason;
  return landed.map((part) => (part.status === "fulfilled" ? part.value : 0));
}

async function landPart(
  part: CsvPart,
  request: Omit<CsvStreamRequest, "stream">,
  context: LandPartsContext & { readonly signal: AbortSignal },
): Promise<number> {
  const { signal } = context;
  for (;;) {
    const leave = await pipes.enter(signal);
    try {
      const connection = await context.connect(signal);
      try {
        return await copyCsvStream(connection, { ...request, stream: part.open() }, context);
      } finally {
        connection.close();
      }
    } catch (error) {
      await rm(request.target, { force: true });
      leave();
      if (signal.aborted || part.reopen === undefined || !(await part.reopen(error))) throw error;
    } finally {
      leave();
    }
  }
}
