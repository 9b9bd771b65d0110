// Owns the way from a failure of DuckDB or of the file system to a coded problem.
import { MeshError, problems } from "../../errors/index.ts";
import { withSqlFailure } from "../sql-failure.ts";
import { type EngineFailure, readEngineFailure } from "./engine-failure.ts";

export interface FailureContext {
  /** What was being done, for the start of the message: `building bookings.orders`. */
  readonly what: string;
  /** The folder or file that is written to. */
  readonly path: string;
  readonly memoryLimit: string;
  readonly signal?: AbortSignal | undefined;
}

/** The coded problem behind a statement's failure; carries its place for `sqlFailureOf()`. */
export function sqlProblem(error: unknown, sql: string, context: FailureContext): MeshError {
  if (error instanceof MeshError) return error;
  const failure = readEngineFailure(error, sql);
  const { what, memoryLimit, signal } = context;
  if (signal?.aborted || failure.type === "Interrupt") return problems.warehouseInterrupted({ what }, { cause: error });
  if (failure.type === "Out of Memory" && !/disk|temp_directory/i.test(failure.raw)) {
    return problems.warehouseOutOfMemory({ what, limit: memoryLimit }, { cause: error, retryable: true });
  }
  const physical = physicalProblem(codeOf(failure), context, error);
  if (physical) return physical;
  const damaged = /(?:file|File|metadata)[^'"]*['"]([^'"]+\.parquet)['"]/.exec(failure.raw);
  if (
    damaged?.[1] &&
    /parquet/i.test(failure.raw) &&
    /magic|footer|too small|corrupt|metadata|invalid/i.test(failure.raw)
  ) {
    return problems.buildFileDamaged({ what, path: damaged[1] }, { cause: error });
  }
  const place = { reason: failure.reason, sql, ...(failure.offset !== undefined && { offset: failure.offset }) };
  return withSqlFailure(problems.warehouseSqlFailed({ what, reason: failure.reason }, { cause: error }), place);
}

/** The coded problem behind a failure of the file system. */
export function fileProblem(error: unknown, context: FailureContext): MeshError {
  if (error instanceof MeshError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (context.signal?.aborted) return problems.warehouseInterrupted({ what: context.what }, { cause: error });
  return (
    physicalProblem(code, context, error) ??
    problems.unexpected(
      { what: context.what, reason: error instanceof Error ? error.message : String(error) },
      { cause: error },
    )
  );
}

function physicalProblem(
  code: string | undefined,
  { what, path }: FailureContext,
  cause: unknown,
): MeshError | undefined {
  if (code === "ENOSPC" || code === "EDQUOT")
    return problems.warehouseDiskFull({ what, path }, { cause, retryable: true });
  if (code === "EACCES" || code === "EROFS" || code === "EPERM")
    return problems.warehouseReadOnly({ what, path }, { cause });
  return undefined;
}

const CODES: Readonly<Record<number, string>> = { 1: "EPERM", 13: "EACCES", 28: "ENOSPC", 30: "EROFS", 122: "EDQUOT" };

function codeOf({ type, raw, errno }: EngineFailure): string | undefined {
  if (errno !== undefined && CODES[errno]) return CODES[errno];
  if (/No space left on device|max_temp_directory_size|failed to offload data block/i.test(raw)) return "ENOSPC";
  if (type !== "IO") return undefined;
  if (/Permission denied/.test(raw)) return "EACCES";
  if (/Read-only file system/.test(raw)) return "EROFS";
  return undefined;
}
