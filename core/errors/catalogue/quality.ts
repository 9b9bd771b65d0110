// Problems of data tests: how they are declared, and how their conditions read.
import { defineProblem } from "../define-problem.ts";

const didYouMean = (near: string | undefined, otherwise: string) =>
  near === undefined ? otherwise : `Did you mean \`${near}\`? ${otherwise}`;

export const unknownTestType = defineProblem<{
  type: string;
  model: string;
  near: string | undefined;
  known: readonly string[];
}>(
  {
    code: "quality/unknown-test-type",
    doc: "A test names a type that mesh does not have. `docs/tests.md` lists the types.",
  },
  ({ type, model, near, known }) => ({
    message: `Model \`${model}\` declares the test \`${type}\`, which is not a test type.`,
    help: didYouMean(near, `Test types are ${known.join(", ")}; anything else can be a SQL file under \`tests/\`.`),
  }),
);

export const wrongTestLevel = defineProblem<{ type: string; model: string; level: "column" | "model" }>(
  {
    code: "quality/wrong-test-level",
    doc: "A test that judges one column stands on the model, or a test of the whole model stands on a column.",
  },
  ({ type, model, level }) => ({
    message: `The test \`${type}\` of \`${model}\` belongs ${level === "column" ? "on a column" : "on the model itself"}.`,
    help:
      level === "column"
        ? "Write it under `data_tests:` of the column it judges."
        : "Write it under `data_tests:` of the model, beside `columns:`.",
  }),
);

export const unknownTestArgument = defineProblem<{
  type: string;
  model: string;
  argument: string;
  near: string | undefined;
  known: readonly string[];
}>(
  { code: "quality/unknown-test-argument", doc: "A test is given an argument that its type does not take." },
  ({ type, model, argument, near, known }) => ({
    message: `The test \`${type}\` of \`${model}\` has no argument \`${argument}\`.`,
    help: didYouMean(near, known.length === 0 ? "It takes no arguments." : `Its arguments are ${known.join(", ")}.`),
  }),
);

export const badTestArgument = defineProblem<{
  type: string;
  model: string;
  argument: string | undefined;
  problem: string;
}>(
  { code: "quality/bad-test-argument", doc: "An argument of a test is missing or has a value its type cannot use." },
  ({ type, model, argument, problem }) => ({
    message: `The test \`${type}\` of \`${model}\`: ${argument === undefined ? "" : `\`${argument}\` `}${problem}.`,
    help: `Write it under \`arguments:\` of the test; the section \`${type}\` of docs/tests.md shows each one.`,
  }),
);

export const testColumnNotFound = defineProblem<{
  type: string;
  model: string;
  column: string;
  near: string | undefined;
}>(
  { code: "quality/column-not-found", doc: "A test is about a column that the model does not have." },
  ({ type, model, column, near }) => ({
    message: `The test \`${type}\` is about the column \`${column}\`, which \`${model}\` does not have.`,
    help: didYouMean(near, `\`mesh show ${model}\` shows the columns it has.`),
  }),
);

export const badCondition = defineProblem<{ test: string; key: string; condition: string }>(
  {
    code: "quality/bad-condition",
    doc: "`warn_if` or `error_if` of a test is not a comparison of the number of failures with a constant.",
  },
  ({ test, key, condition }) => ({
    message: `\`${key}: "${condition}"\` of the test \`${test}\` is not a condition.`,
    help: "Write a comparison with the number of failures, such as `> 10`, `!= 0` or `between 3 and 5`.",
  }),
);

export const badTestConfig = defineProblem<{
  test: string;
  key: string;
  problem: string;
  near?: string | undefined;
}>(
  { code: "quality/bad-test-config", doc: "A key of a test's `config` is unknown or has a value it cannot have." },
  ({ test, key, problem, near }) => ({
    message: `\`${key}\` in the config of the test \`${test}\` ${problem}.`,
    help: didYouMean(
      near,
      "A test's config takes severity, warn_if, error_if, fail_calc, where, limit, store_failures, enabled.",
    ),
  }),
);

export const duplicateTest = defineProblem<{ name: string; project: string; other: string | undefined }>(
  {
    code: "quality/duplicate-test",
    doc: "Two tests of a project have the same name. Tests of the same type, column and arguments need a `name` each.",
  },
  ({ name, project, other }) => ({
    message: `The project \`${project}\` has two tests named \`${name}\`${other === undefined ? "" : `; the other is at ${other}`}.`,
    help: "Remove one, or give one of them a `name:` of its own.",
  }),
);

export const failCalcNotANumber = defineProblem<{ test: string; failCalc: string; got: "null" | "text" }>(
  {
    code: "quality/fail-calc-not-a-number",
    doc: "`fail_calc` of a test gave NULL or something that is not a number, so the test cannot be judged.",
  },
  ({ test, failCalc, got }) => ({
    message: `\`fail_calc: "${failCalc}"\` of the test \`${test}\` gave ${got === "null" ? "NULL" : "no number"}.`,
    help:
      got === "null"
        ? "An aggregate over no failing rows is NULL: wrap it, as in `coalesce(sum(n_records), 0)`."
        : "It must be an aggregate that gives one number, such as `count(*)` or `coalesce(sum(n_records), 0)`.",
  }),
);
