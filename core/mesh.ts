// Owns the live `Mesh`: opens what the phases of `pipeline.ts` need when they need it, and closes it. Decides nothing itself.
import { problems, toDiagnostic } from "./errors/index.ts";
import type { Build, Manifest, Model } from "./manifest/index.ts";
import type { ListedModel, Mesh, MeshOptions, RunOptions } from "./mesh-types.ts";
import { missingKey } from "./missing-key.ts";
import * as pipeline from "./pipeline.ts";
import { once, openRuntime } from "./runtime.ts";
import type { Publication, TestRecord } from "./state/index.ts";
import { closest, createId, systemClock } from "./util/index.ts";

/** Loads the configuration. Throws MeshError when there is none or it is wrong. */
export async function createMesh(options: MeshOptions): Promise<Mesh> {
  const runtime = await openRuntime(options);
  const { config, env, state, warehouse, keyring, connect } = runtime;
  const loaded = once(() => pipeline.load(config));
  const compiled = once(async () => pipeline.compile(config, await loaded(), env));
  const manifestOf = async (): Promise<Manifest> => (await compiled()).manifest;

  /** Settles what dead processes left before anything new begins, and shows readers what the state store says is published. */
  const recover = async (): Promise<number> => {
    const { recoverCrashed, serveProject, sweep } = await import("./publish/index.ts");
    const [store, house] = [await state(), await warehouse()];
    const crashed = await recoverCrashed(store);
    if (crashed.length > 0) await sweep({ state: store, warehouse: house, retention: config.retention, orphans: true });
    const projects = new Set([...(await store.published()).values()].map((publication) => publication.project));
    for (const project of projects) {
      if ((await house.publishedSequence(project)) !== (await store.publishedSequence(project)))
        await serveProject(project, store, house);
    }
    return crashed.length;
  };

  const modelNamed = async (name: string): Promise<Model> => {
    const manifest = await manifestOf();
    const found = manifest.models[name]
      ? [manifest.models[name]]
      : Object.values(manifest.models).filter((model) => model.name === name);
    if (found.length === 1) return found[0] as Model;
    const ids = Object.keys(manifest.models);
    throw problems.modelNotFound({
      name,
      candidates: found.map((model) => model?.id ?? ""),
      near:
        closest(name, ids) ??
        closest(
          name,
          Object.values(manifest.models).map((model) => model.name),
        ),
    });
  };

  const refuseBesideBackfill = async (resumed: string): Promise<void> => {
    const { refuseBeside } = await import("./cut-backfill.ts");
    const run = await (await state()).getRun(resumed);
    if (run) await refuseBeside(run, await state());
  };

  /** The run of a window that was resumed may have been the last that its backfill waited for. */
  const finishBackfillOf = async (runId: string): Promise<void> => {
    const backfill = (await (await state()).getRun(runId))?.backfill;
    if (backfill !== undefined) await (await state()).finishBackfill(backfill);
  };

  /** What every run in this process takes. */
  const runRequest = async ({ threads, failFast, signal, onEvent }: RunOptions) => {
    const manifest = await manifestOf();
    const { varsOf } = await import("./project/index.ts");
    const { poolLimits } = await import("./execute/index.ts");
    const varsByProject = new Map((await loaded()).projects.map((project) => [project.name, varsOf(project, config)]));
    return {
      root: config.root,
      manifest,
      retention: config.retention,
      varsOf: (project: string) => varsByProject.get(project) ?? config.vars,
      state: await state(),
      warehouse: await warehouse(),
      connect: (id: string) => connect(manifest, id),
      keyring,
      limitOf: poolLimits(config.scheduler.pools),
      threads: threads ?? config.threads,
      failFast: failFast ?? false,
      signal,
      clock: systemClock,
      redact: runtime.redact,
      onEvent: onEvent ?? (() => undefined),
    };
  };

  /** The published builds of these models, as a session reads them. */
  const publishedBuilds = async (
    reader: string,
    models: readonly string[],
    shown?: ReadonlyMap<string, Publication>,
  ) => {
    const { buildsBehindViews, toBuild } = await import("./publish/index.ts");
    const store = await state();
    const publications = shown ?? (await store.published());
    const records = await store.getBuilds(models.flatMap((model) => publications.get(model)?.buildId ?? []));
    const inputs = new Map<string, Build>();
    for (const model of models) {
      const record = records.get(publications.get(model)?.buildId ?? "");
      const build = record && toBuild(record);
      if (!build) throw problems.inputNeverBuilt({ reader, model });
      inputs.set(model, build);
    }
    return { inputs, behindViews: await buildsBehindViews(inputs.values(), store, new Map(records)) };
  };

  return {
    config,

    async compile() {
      const { manifest } = await compiled();
      const missing = await missingKey(manifest, keyring);
      return {
        manifest,
        diagnostics: [...manifest.diagnostics, ...(missing ? [toDiagnostic(missing, "warning")] : [])],
      };
    },

    async explain(selection) {
      return pipeline.explain(await manifestOf(), selection);
    },

    async list(selection) {
      const manifest = await manifestOf();
      const graph = pipeline.graphOf(manifest);
      const chosen = pipeline.select(manifest, graph, selection);
      return graph.order.filter((id) => chosen.has(id)).map((id) => listed(manifest.models[id] as Model));
    },

    async plan(planOptions) {
      const manifest = await manifestOf();
      const { historiesNamed } = await import("./backfill.ts");
      const discardHistory = await historiesNamed(planOptions.discardHistory ?? [], modelNamed);
      const facts = await pipeline.gatherFacts(await state(), manifest);
      return pipeline.plan(manifest, facts, { ...planOptions, discardHistory });
    },

    async backfillRange(name, range) {
      const model = await modelNamed(name);
      const { backfillRange } = await import("./backfill.ts");
      const { published } = await pipeline.gatherFacts(await state(), await manifestOf());
      return { model, ...(await backfillRange({ model, range, published: published.get(model.id), warehouse })) };
    },

    async planBackfill(name, range) {
      const model = await modelNamed(name);
      const { backfillRange } = await import("./backfill.ts");
      const manifest = await manifestOf();
      const facts = await pipeline.gatherFacts(await state(), manifest);
      const { window } = await backfillRange({ model, range, published: facts.published.get(model.id), warehouse });
      return pipeline.plan(manifest, facts, { select: [model.id], backfill: window });
    },

    async run(runOptions: RunOptions) {
      const manifest = await manifestOf();
      await recover();
      const selection = [
        ...(runOptions.select ?? []),
        ...(runOptions.exclude ?? []).map((part) => `--exclude ${part}`),
      ].join(" ");
      const store = await state();
      const { resumes } = runOptions.origin ?? {};
      if (resumes !== undefined) await refuseBesideBackfill(resumes);
      const plan = runOptions.plan ?? pipeline.plan(manifest, await pipeline.gatherFacts(store, manifest), runOptions);
      const result = await pipeline.execute({
        ...(await runRequest(runOptions)),
        command: "run",
        selection,
        plan,
        by: runOptions.by,
        ...(runOptions.origin && { origin: runOptions.origin }),
      });
      if (resumes !== undefined) await finishBackfillOf(result.runId);
      return result;
    },

    async resume(runId, runOptions) {
      const { readRemainingWork, refuseChangedModels } = await import("./execute/index.ts");
      const store = await state();
      const { run, work } = await readRemainingWork(runId, store);
      refuseChangedModels(runId, work, await manifestOf());
      await recover();
      await refuseBesideBackfill(runId);
      const result = await pipeline.execute({
        ...(await runRequest(runOptions)),
        command: "resume",
        selection: run.selection,
        plan: work.plan,
        samePins: true,
        readSequence: run.readSequence,
        by: runOptions.by,
        origin: { trigger: "resume", resumes: runId },
      });
      await finishBackfillOf(result.runId);
      return result;
    },

    async test({ signal, onResult, ...selection }) {
      const manifest = await manifestOf();
      const graph = pipeline.graphOf(manifest);
      const chosen = pipeline.select(manifest, graph, selection);
      const { evaluateTests, testsOf } = await import("./execute/index.ts");
      const house = await warehouse();
      const all: TestRecord[] = [];
      const runId = createId();
      // Asked once: every test sees the same moment.
      const shown = await (await state()).published();
      for (const id of graph.order) {
        const tests = chosen.has(id) ? testsOf(manifest, id) : [];
        if (tests.length === 0) continue;
        const reads = [...new Set(tests.flatMap((test) => test.dependsOn))];
        const builds = await publishedBuilds(`a test of ${id}`, reads, shown);
        const session = await house.openSession({ ...builds, ...(signal && { signal }) });
        try {
          const buildId = builds.inputs.get(id)?.id ?? "";
          for (const result of await evaluateTests({
            tests,
            model: manifest.models[id] as Model,
            manifest,
            runId,
            buildId,
            session,
            reads: [...builds.inputs.values(), ...builds.behindViews.values()],
            signal,
          })) {
            all.push(result);
            onResult?.(result);
          }
        } finally {
          await session.close();
        }
      }
      return all;
    },

    async show(what, limit) {
      const manifest = await manifestOf();
      const { bindSql } = await import("./manifest/index.ts");
      const model = "model" in what ? await modelNamed(what.model) : undefined;
      const inline =
        "inline" in what
          ? (await import("./compile/index.ts")).compileInline({
              config,
              sharedMacros: (await loaded()).macros,
              manifest,
              env,
              sql: what.inline,
            })
          : undefined;
      const reads = model ? [model.id] : (inline?.dependsOn ?? []);
      const session = await (await warehouse()).openSession(await publishedBuilds(model?.id ?? "the query", reads));
      try {
        const sql = model
          ? `select * from ${session.relation(model.id)}`
          : bindSql((inline as NonNullable<typeof inline>).sql, (id) => session.relation(id)).text;
        return await session.query(`select * from (\n${sql}\n) as shown limit ${limit}`);
      } finally {
        await session.close();
      }
    },

    async compiledSql(name) {
      const model = await modelNamed(name);
      if (!model.sql) throw problems.modelHasNoSql({ model: model.id, kind: model.kind });
      return model.sql.text;
    },

    async builds({ model, limit = 50 }) {
      const store = await state();
      const models = model === undefined ? undefined : [(await modelNamed(model)).id];
      const published = new Set([...(await store.published()).values()].map((publication) => publication.buildId));
      const statuses = ["building", "built", "passed", "rejected"] as const;
      const records = await store.listBuilds({ ...(models && { models }), statuses, limit });
      return records.map((build) => ({ build, published: published.has(build.id) }));
    },

    async diff(name, options) {
      const { diffBuilds } = await import("./diff-builds.ts");
      const model = await modelNamed(name);
      return diffBuilds({ model, ...options, state: await state(), warehouse: await warehouse() });
    },

    async runs(limit) {
      return (await state()).listRuns({ limit });
    },

    async rollback(name, { to, by, why }) {
      const model = await modelNamed(name);
      const { rollBack } = await import("./publish/index.ts");
      return rollBack({
        state: await state(),
        warehouse: await warehouse(),
        model: model.id,
        project: model.project,
        to,
        by,
        why,
      });
    },

    async clean(by) {
      const { recoverCrashed, sweep } = await import("./publish/index.ts");
      const [store, house] = [await state(), await warehouse()];
      const crashed = await recoverCrashed(store);
      const swept = await sweep({ state: store, warehouse: house, retention: config.retention, orphans: true, by });
      const { sweepDeployments } = await import("./deploy/index.ts");
      const { deploymentsOfWork: deploymentsOf } = await import("./execute/index.ts");
      const { deployments } = await sweepDeployments(store, config.root, { deploymentsOf, ...(by && { by }) });
      return {
        removedBuilds: swept.builds,
        removedDeployments: deployments,
        crashedRuns: crashed.length,
        freedBytes: swept.bytes,
      };
    },

    async deploy(deployOptions) {
      const { deployProjects } = await import("./deploy/index.ts");
      const [projects, folder, store] = [await loaded(), await compiled(), await state()];
      return deployProjects({ ...deployOptions, config, env, loaded: projects, folder, state: store });
    },

    async doctor(others) {
      const { diagnose } = await import("./doctor.ts");
      return diagnose({
        config,
        compile: compiled,
        state,
        warehouse,
        connect,
        keyring,
        ...(others && { others: async () => others({ config, env, now: async () => (await state()).now() }) }),
      });
    },

    async checkStore(checkOptions) {
      const [manifest, { withStoreSchema }] = [await manifestOf(), await import("./store-schema.ts")];
      const { checkStore } = await import("./check-store.ts");
      const request = { manifest, options: checkOptions, connect: connect.bind(undefined, manifest) };
      return withStoreSchema(request, (schema, store) =>
        checkStore(manifest, pipeline.graphOf(manifest), store, schema),
      );
    },

    async storeTable(store, table) {
      const [manifest, { withStoreSchema }] = [await manifestOf(), await import("./store-schema.ts")];
      const request = { manifest, options: { store }, connect: connect.bind(undefined, manifest) };
      return withStoreSchema(request, async (schema) => {
        const columns = await schema.columns(table);
        if (columns && schema.schemaless) return { columns: [], near: undefined };
        return { columns, near: columns ? undefined : closest(table.identifier, await schema.tables()) };
      });
    },

    async storeSchema(schemaOptions) {
      const [manifest, { withStoreSchema }] = [await manifestOf(), await import("./store-schema.ts")];
      const { writeStoreSchema } = await import("./source/index.ts");
      const request = { manifest, options: schemaOptions, connect: connect.bind(undefined, manifest) };
      return withStoreSchema(request, (schema, { id, client }) => {
        const sources = Object.values(manifest.sources).filter((one) => `${one.project}.${one.store}` === id);
        return writeStoreSchema(client, schema, sources);
      });
    },

    state,

    redact: runtime.redact,

    close: runtime.close,
  };
}

function listed(model: Model): ListedModel {
  return {
    id: model.id,
    kind: model.kind,
    materialized: model.materialized,
    access: model.access,
    path: model.location.file,
    owner: model.owner.team,
    tags: model.tags,
    ...(model.description !== undefined && { description: model.description }),
  };
}
