// Problems of publishing: a set of builds that may not become what readers see.
import { defineProblem } from "../define-problem.ts";

export const superseded = defineProblem<{
  conflicts: readonly { readonly model: string; readonly expected: string | null; readonly published: string | null }[];
}>(
  {
    code: "publish/superseded",
    doc: "Another run or a rollback published the model after this run had looked. Publishing now would undo it unseen, so the whole set is refused.",
  },
  ({ conflicts }) => ({
    message: `Not published: ${conflicts
      .map(
        ({ model, expected, published }) =>
          `${model} now shows ${published === null ? "nothing" : `build ${published}`}, expected ${expected === null ? "nothing" : `build ${expected}`}`,
      )
      .join("; ")}.`,
    help: "Somebody published first. Run it again: the plan is then made from what is published now.",
  }),
);

export const buildNotPublishable = defineProblem<{
  builds: readonly { readonly model: string; readonly buildId: string; readonly why: string }[];
}>(
  {
    code: "publish/build-not-publishable",
    doc: "Only a build of the same model that passed its tests can be published. The whole set is refused when one build is not.",
  },
  ({ builds }) => ({
    message: `Not published: ${builds.map(({ model, buildId, why }) => `build ${buildId} of ${model} ${why}`).join("; ")}.`,
    help: "List what can be published with: mesh builds <model>",
  }),
);
