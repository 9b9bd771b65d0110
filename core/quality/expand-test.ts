// Owns turning a test as declared into a test as run. Does not resolve references itself and runs nothing.
import type { z } from "zod";
import { type Location, MeshError, problems } from "../errors/index.ts";
import { type Column, type DataTest, slotToken } from "../manifest/index.ts";
import { closest, parseReference, quoteIdentifier, type Reference } from "../util/index.ts";
import { testName } from "./test-name.ts";
import { readTestSettings } from "./test-settings.ts";
import type { TestType } from "./test-type.ts";
import { testTypes } from "./types/index.ts";

/** A test as YAML says it: what the project loader's `TestDeclaration` has of it. */
export interface DeclaredTest {
  readonly type: string;
  readonly name?: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly config: { readonly where?: string };
  readonly at: Location;
}

export interface ExpandTestInput {
  readonly declaration: DeclaredTest;
  /** The id of the model it is written on, its name and its project. */
  readonly model: string;
  readonly modelName: string;
  readonly project: string;
  /** As written, when the test stands on a column. */
  readonly column?: string;
  /** The model's columns; undefined when they are not known offline, and then no name is checked. */
  readonly columns: readonly Column[] | undefined;
  /** The id of the model a reference means. Throws MeshError. */
  resolveRef(reference: Reference): string;
}

/** A test whose query still has tokens of `manifest/` where relations stand. */
export type ExpandedTest =
  | { readonly test: Omit<DataTest, "sql"> & { readonly tokenedSql: string } }
  | { readonly problems: readonly MeshError[] };

// dbt users write the package in front; the types are the same.
const PACKAGE = /^dbt_utils\./;

function findTestType(written: string): TestType | undefined {
  return testTypes.find((type) => type.name === written.replace(PACKAGE, ""));
}

/** Never throws for what a user wrote: every problem of the declaration comes back, at the declaration's place. */
export function expandTest(input: ExpandTestInput): ExpandedTest {
  const { declaration, column } = input;
  const at = { location: declaration.at };
  const about = { type: declaration.type, model: input.model };
  const type = findTestType(declaration.type);
  if (!type) {
    const known = testTypes.map((one) => one.name);
    const near = closest(declaration.type.replace(PACKAGE, ""), known);
    return { problems: [problems.unknownTestType({ ...about, near, known }, at)] };
  }
  const name = declaration.name ?? testName(declaration.type, input.modelName, column, declaration.args);
  const found: MeshError[] = [];
  if (type.level !== "both" && (type.level === "column") !== (column !== undefined)) {
    return { problems: [problems.wrongTestLevel({ ...about, level: type.level }, at)] };
  }
  const settings = readTestSettings(name, { ...declaration.config }, declaration.at);
  if ("problems" in settings) found.push(...settings.problems);
  const args = type.args.safeParse(declaration.args);
  if (!args.success) found.push(...argumentProblems(type, about, args.error, declaration));

  const reads = new Set([input.model]);
  const quoteColumn = (written: string) => {
    if (input.columns === undefined) return quoteIdentifier(written);
    const exact = input.columns.find((one) => one.name.toLowerCase() === written.toLowerCase());
    if (exact) return quoteIdentifier(exact.name);
    const near = closest(
      written,
      input.columns.map((one) => one.name),
    );
    found.push(problems.testColumnNotFound({ ...about, column: written, near }, at));
    return quoteIdentifier(written);
  };
  const quotedColumn = column === undefined ? undefined : quoteColumn(column);
  if (!args.success || "problems" in settings) return { problems: found };

  const tokenedSql = type.sql(args.data, {
    relation: testedRelation(input.model, input.modelName, declaration.config.where),
    column: quotedColumn,
    quoteColumn,
    relationOf(written, argument) {
      const reference = parseReference(written);
      if (!reference) {
        const problem = "must be a reference such as `ref('customers')`";
        found.push(problems.badTestArgument({ ...about, argument, problem }, at));
        return "";
      }
      try {
        const model = input.resolveRef(reference);
        reads.add(model);
        return slotToken(model);
      } catch (error) {
        if (!(error instanceof MeshError)) throw error;
        found.push(error);
        return "";
      }
    },
  });
  if (found.length > 0) return { problems: found };
  return {
    test: {
      id: `${input.project}.${name}`,
      project: input.project,
      name,
      type: type.name,
      model: input.model,
      ...(column !== undefined && { column }),
      dependsOn: [...reads].sort(),
      ...settings,
      location: declaration.at,
      tokenedSql,
    },
  };
}

// The filtered rows keep the model's name, so that `orders.id` in an expression means the same with and without `where`.
function testedRelation(model: string, modelName: string, where: string | undefined): string {
  if (where === undefined) return slotToken(model);
  return `(select * from ${slotToken(model)} where ${where}\n) as ${quoteIdentifier(modelName)}`;
}

function argumentProblems(
  type: TestType,
  about: { readonly type: string; readonly model: string },
  error: z.ZodError,
  declaration: DeclaredTest,
): readonly MeshError[] {
  const at = { location: declaration.at };
  const known = Object.keys(type.args.shape);
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((argument) =>
        problems.unknownTestArgument({ ...about, argument, near: closest(argument, known), known }, at),
      );
    }
    const argument = issue.path[0] === undefined ? undefined : String(issue.path[0]);
    const missing = argument !== undefined && !(argument in declaration.args);
    const problem = missing ? "is required" : issue.message;
    return [problems.badTestArgument({ ...about, argument, problem }, at)];
  });
}
