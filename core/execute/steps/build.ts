// Owns the build step of SQL models, seeds and TypeScript models: finds the inputs, has the statement made, makes the build.
import { join } from "node:path";
import { problems } from "../../errors/index.ts";
import { type Build, bindSql, type Model } from "../../manifest/index.ts";
import { incrementalBase, makeStatement, type NewRows } from "../../materialize/index.ts";
import { newContentReason, type Step } from "../../plan/index.ts";
import { toBuild } from "../../publish/index.ts";
import type { BuildRecord, PinnedInput } from "../../state/index.ts";
import { hashOf } from "../../util/index.ts";
import type { WarehouseSession } from "../../warehouse/index.ts";
import { grownContent, makeBuild, oldestAsOf } from "../make-build.ts";
import { overtakenBy } from "../overtaken.ts";
import { withPassingBuild } from "../passing-build.ts";
import { throttle } from "../progress.ts";
import type { RunContext, StepOutcome, StepRunner } from "../run-context.ts";
import { sqlFailure } from "../sql-failure.ts";
import { testsOf } from "../tests-of.ts";
import { openRows, stageRows } from "../typescript-rows.ts";

export const runBuild: StepRunner = async (step, context) => {
  const model = context.manifest.models[step.models[0] as string];
  if (!model) throw problems.unexpected({ what: step.id, reason: "the manifest has no such model" });
  const reads = model.dependsOn.models;
  const used = new Map(reads.flatMap((id) => present(id, context.builds.current(id))));
  const published = context.builds.published(model.id);
  const overtaken = await overtakenBy(model, used, step.fullRefresh ?? false, context);
  if (overtaken !== undefined) return { status: "unchanged", reason: overtaken };
  if (step.conditional && published && newContentReason(published.inputs, used) === undefined) {
    return { status: "unchanged", reason: "its inputs have the rows it was made from" };
  }

  const base = incrementalBase(model, published && toBuild(published), step.fullRefresh ?? false);
  const { inputs, behindViews } = await context.builds.inputs(model.id, reads);
  const visible = base ? new Map([...inputs, [model.id, base] as const]) : inputs;
  const session = await context.warehouse.openSession({ inputs: visible, behindViews, signal: context.signal });
  let handedOver = false;
  try {
    const outcome = await build({ step, model, base, inputs, used, session, context });
    handedOver = seesWhatTestsRead(model, inputs, context) && context.sessions.give(model.id, session);
    return outcome;
  } finally {
    if (!handedOver) await session.close();
  }
};

function seesWhatTestsRead(model: Model, inputs: ReadonlyMap<string, Build>, { manifest }: RunContext): boolean {
  return testsOf(manifest, model.id).every(({ dependsOn }) =>
    dependsOn.every((id) => id === model.id || inputs.has(id)),
  );
}

function present(id: string, record: BuildRecord | undefined): [string, PinnedInput][] {
  return record?.contentId === undefined ? [] : [[id, { buildId: record.id, contentId: record.contentId }]];
}

interface BuildJob {
  readonly step: Step;
  readonly model: Model;
  readonly base: Build | undefined;
  readonly inputs: ReadonlyMap<string, Build>;
  readonly used: ReadonlyMap<string, PinnedInput>;
  readonly session: WarehouseSession;
  readonly context: RunContext;
}

async function build(job: BuildJob): Promise<StepOutcome> {
  switch (job.model.kind) {
    case "sql":
      return buildFromSql(job);
    case "seed":
      return finish(job, {
        kind: "csv-file",
        path: join(job.context.rootOf(job.model.project), job.model.location.file),
        delimiter: ",",
        types: declaredTypes(job.model),
      });
    case "typescript":
      return buildFromTypescript(job);
    case "snapshot":
      throw problems.unexpected({ what: job.step.id, reason: "a snapshot is extracted, not built" });
  }
}

async function buildFromSql(job: BuildJob): Promise<StepOutcome> {
  const { model, base, inputs, session } = job;
  const compiled = (base && model.incrementalSql) ?? model.sql;
  if (!compiled) throw problems.unexpected({ what: job.step.id, reason: "the manifest has no SQL for it" });
  const bound = bindSql(compiled, (id) => session.relation(id));
  const rows: NewRows = {
    kind: "query",
    sql: bound.text,
    compiled,
    inputs: Object.fromEntries([...inputs].map(([id, build]) => [id, build.id])),
  };
  try {
    const increment = base && {
      build: base,
      relation: session.relation(model.id),
      newColumns: await session.describe(bound.text),
    };
    return await finish(job, rows, increment);
  } catch (error) {
    throw sqlFailure(error, { model, bound });
  }
}

async function buildFromTypescript(job: BuildJob): Promise<StepOutcome> {
  const { model, session, context, base } = job;
  const root = context.rootOf(model.project);
  const open = await openRows({
    model,
    root,
    session,
    isIncremental: base !== undefined,
    vars: context.varsOf(model.project),
    signal: context.signal,
  });
  const onProgress = throttle((rows: number) => context.emit({ type: "step-progress", step: job.step, rows }));
  const request = {
    model,
    root,
    produce: open.produce,
    columns: open.columns,
    signal: context.signal,
    onProgress,
  };
  return context.warehouse.withStagingFolder(async (folder) => {
    const staged = await stageRows(folder, request).finally(onProgress.flush);
    const rows: NewRows = { kind: "parquet-file", path: staged.path, columns: staged.columns };
    return base ? addTypescriptRows(job, base, rows) : finish(job, rows);
  });
}

/** New rows are merged by SQL, so they become a passing build first. */
async function addTypescriptRows(
  job: BuildJob,
  base: Build,
  staged: Extract<NewRows, { readonly kind: "parquet-file" }>,
): Promise<StepOutcome> {
  const { model, session, context } = job;
  return withPassingBuild(model, "new rows", context, async (passing) => {
    await session.attach({ ...passing, data: await session.create(passing, staged) });
    const sql = `select * from ${session.relation(passing.model)}`;
    const compiled = { text: sql, slots: [], map: [], file: model.location.file };
    const increment = { build: base, relation: session.relation(model.id), newColumns: await session.describe(sql) };
    return finish(job, { kind: "query", sql, compiled, inputs: {} }, increment);
  });
}

function declaredTypes(model: Model): Readonly<Record<string, string>> {
  return Object.fromEntries(model.columns.flatMap(({ name, type }) => (type === null ? [] : [[name, type]])));
}

async function finish(
  job: BuildJob,
  rows: NewRows,
  base?: Parameters<typeof makeStatement>[0]["base"],
): Promise<StepOutcome> {
  const { model, used, session, context } = job;
  const inputs = Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { record, sameRows } = await makeBuild(
    {
      model,
      session,
      inputs,
      statement: makeStatement({ model, rows, ...(base && { base }) }),
      contentId: (buildId, data) => {
        // A view's rows are told by its text and its inputs' rows.
        if (data.kind === "view")
          return hashOf([model.fingerprint, [...used].map(([id, input]) => [id, input.contentId])]);
        return base && grownContent(base.build, context.builds.published(model.id)?.contentId)(buildId, data);
      },
      asOf:
        oldestAsOf([...used.keys()].flatMap((id) => context.builds.current(id) ?? [])) ?? (await context.state.now()),
    },
    context,
  );
  return {
    status: "success",
    ...(record.rows !== undefined && { rows: record.rows }),
    ...(record.bytes !== undefined && { bytes: record.bytes }),
    ...(sameRows && record.data?.kind === "files" && { reason: "the same rows as before; their files are shared" }),
  };
}
