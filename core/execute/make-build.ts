// Owns the life of one build around the statement that makes it: recorded before anything physical exists, completed or rejected after.
import { problems, toMeshError } from "../errors/index.ts";
import type { Build, BuildData, ExtractionRecord, Model } from "../manifest/index.ts";
import type { BuildRecord, PinnedInput } from "../state/index.ts";
import { createId } from "../util/index.ts";
import type { BuildStatement, NewBuild, WarehouseSession } from "../warehouse/index.ts";
import type { RunContext } from "./run-context.ts";

export interface MakeBuildRequest {
  readonly model: Model;
  readonly session: WarehouseSession;
  readonly inputs: Readonly<Record<string, PinnedInput>>;
  readonly statement: BuildStatement;
  /** Of a snapshot: judges what was made and gives what is recorded of the reading. Throws when it must not be used. */
  readonly judge?: (data: BuildData, buildId: string) => Promise<ExtractionRecord>;
  /** The content's id, when it can be told without looking at the rows. */
  readonly contentId?: ((buildId: string, data: BuildData) => string | undefined) | undefined;
  readonly asOf: Date;
  readonly position?: string | undefined;
}

/** Makes and records the build. When its rows are those of the published build it shares that build's files. */
export async function makeBuild(
  request: MakeBuildRequest,
  context: RunContext,
): Promise<{ readonly record: BuildRecord; readonly sameRows: boolean }> {
  const { model, session } = request;
  const { state, warehouse, runId } = context;
  const build: NewBuild = { id: createId(), model: model.id, relation: model.relation };
  const row = { ...build, runId, fingerprint: model.fingerprint, inputs: request.inputs };
  await state.createBuild(row);
  try {
    let data = await session.create(build, request.statement);
    const extraction = await request.judge?.(data, build.id);
    const contentId = request.contentId?.(build.id, data) ?? (await session.contentHash(data));
    const before = context.builds.published(model.id);
    const sameRows = before?.contentId === contentId && before.data !== undefined;
    if (sameRows && data.kind === "files" && before.data?.kind === "files") {
      const shared = new Set(before.data.files.map((file) => file.path));
      if (data.files.some((file) => !shared.has(file.path))) await warehouse.dropBuilds([build], shared);
      data = before.data;
    }
    await state.completeBuild(build.id, {
      data,
      contentId,
      asOf: request.asOf,
      ...(request.position !== undefined && { position: request.position }),
      ...(extraction && { extraction }),
    });
    const record: BuildRecord = {
      ...row,
      status: "built",
      contentId,
      data,
      asOf: request.asOf,
      ...(data.kind === "files" && { rows: data.rows, bytes: data.bytes }),
      ...(extraction && { extraction }),
      createdAt: context.clock.now(),
    };
    context.builds.add(record);
    return { record, sameRows };
  } catch (error) {
    await state.setBuildStatus([build.id], "rejected").catch(() => undefined);
    await warehouse.dropBuilds([build], new Set()).catch(() => undefined);
    throw toMeshError(error, (cause) =>
      problems.unexpected({ what: `building ${model.id}`, reason: reasonOf(cause) }, { cause }),
    );
  }
}

/**
 * How the content of rows put onto a build is told: hashing all rows of a growing table would cost more than adding the
 * new ones. Without new rows it is the base's.
 */
export function grownContent(base: Build, published: string | undefined): (buildId: string, data: BuildData) => string {
  const own = new Set(base.data.kind === "files" ? base.data.files.map((file) => file.path) : []);
  return (buildId, data) => {
    if (data.kind !== "files" || data.files.length === 0) return buildId;
    const shares = data.files.length === own.size && data.files.every((file) => own.has(file.path));
    return shares ? (published ?? buildId) : buildId;
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The oldest instant these inputs show; undefined when there are none. */
export function oldestAsOf(records: readonly BuildRecord[]): Date | undefined {
  const times = records.flatMap((record) => record.asOf?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
