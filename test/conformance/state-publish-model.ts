// Owns comparing publish and rollback of a state store, over random histories, with a plain Map that has the same rules.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { passedBuild, startedBuild } from "../support/state-builds.ts";

type Change = { readonly model: number; readonly build: number; readonly stale: boolean };
type Command = { readonly action: "publish" | "rollback"; readonly changes: readonly Change[] };

const MODELS = 3;
const BUILDS = 3;

const change: fc.Arbitrary<Change> = fc.record({
  model: fc.nat(MODELS - 1),
  // One past the passed builds is a build that has not passed.
  build: fc.nat(BUILDS),
  stale: fc.nat(5).map((n) => n === 0),
});
const command: fc.Arbitrary<Command> = fc.record({
  action: fc.constantFrom("publish" as const, "rollback" as const),
  changes: fc.uniqueArray(change, { selector: ({ model }) => model, minLength: 1, maxLength: MODELS }),
});

export function testPublishModel(store: () => StateStore): void {
  test("any history of publish and rollback shows what a plain map with the same rules shows", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 12 }), async (commands) => {
        const state = store();
        const project = `model_${createId()}`;
        const models = Array.from({ length: MODELS }, (_, i) => `${project}.m${i}`);
        const builds = await Promise.all(
          models.map(async (model) => [
            ...(await Promise.all(Array.from({ length: BUILDS }, () => passedBuild(state, model)))),
            await startedBuild(state, model),
          ]),
        );
        const shown = new Map<string, string>();
        let newest = await state.publishedSequence(project);
        for (const { action, changes } of commands) {
          const wanted = changes.map(({ model, build, stale }) => {
            const id = models[model] ?? "";
            const current = shown.get(id) ?? null;
            return {
              model: id,
              project,
              buildId: builds[model]?.[build] ?? "",
              expected: stale ? "stale" : current,
              build,
            };
          });
          const outcome = wanted.some(({ expected }) => expected === "stale")
            ? "publish/superseded"
            : wanted.some(({ build }) => build === BUILDS)
              ? "publish/build-not-publishable"
              : "done";
          const result = await state
            .publish(wanted, action === "publish" ? { action } : { action, by: { actor: "ana", via: "cli" } })
            .then(
              (made) => ({ made, outcome: "done" }),
              (error: { code: string }) => ({ made: [], outcome: error.code }),
            );
          expect(result.outcome).toBe(outcome);
          for (const [i, publication] of result.made.entries()) {
            const { model, buildId } = wanted[i] ?? { model: "", buildId: "" };
            expect(publication).toMatchObject({ model, buildId, action });
            expect(publication.previousBuildId).toBe(shown.get(model));
            expect(publication.sequence).toBeGreaterThan(newest);
            newest = publication.sequence;
            shown.set(model, buildId);
          }
          const published = await state.published([project]);
          expect(new Map([...published].map(([model, { buildId }]) => [model, buildId]))).toEqual(shown);
          expect(await state.publishedSequence(project)).toBe(shown.size === 0 ? 0 : newest);
        }
      }),
      { numRuns: 25 },
    );
  });
}
