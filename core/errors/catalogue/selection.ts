// Problems of selections such as `--select +orders,tag:daily`.
import { defineProblem } from "../define-problem.ts";

export const selectionTermEmpty = defineProblem<{ selection: string }>(
  {
    code: "selection/empty-term",
    doc: "A part of a selection names nothing: a comma too many, or a `+` or `method:` without a value.",
  },
  ({ selection }) => ({
    message: `A part of the selection \`${selection}\` is empty.`,
    help: "Write a model's name or a method with a value on both sides of each comma, such as `+orders,tag:daily`.",
  }),
);

export const selectionAtWithChildren = defineProblem<{ term: string }>(
  {
    code: "selection/at-with-children",
    doc: "A selection has `@` in front and `+` behind. `@x` already holds everything that reads x.",
  },
  ({ term }) => ({
    message: `\`${term}\` has both \`@\` and a trailing \`+\`.`,
    help: `Write \`${term.replace(/\+\d*$/, "")}\`: \`@\` already selects everything that reads it.`,
  }),
);

export const selectionMethodUnknown = defineProblem<{
  term: string;
  method: string;
  near: string | undefined;
  known: readonly string[];
}>(
  {
    code: "selection/unknown-method",
    doc: "A selection uses a method that mesh does not have. `docs/selection.md` lists the methods.",
  },
  ({ term, method, near, known }) => ({
    message: `\`${method}:\` in the selection \`${term}\` is not a selection method.`,
    help: `${near === undefined ? "" : `Did you mean \`${near === "config" ? "config.<key>" : near}:\`? `}Methods are ${known
      .map((one) => (one === "config" ? "config.<key>" : one))
      .join(", ")}.`,
  }),
);

export const selectionMatchesNothing = defineProblem<{
  option: "select" | "exclude";
  terms: readonly { readonly term: string; readonly near: string | undefined }[];
  broken: readonly string[];
}>(
  {
    code: "selection/matches-nothing",
    doc: "A term of `--select` or `--exclude` matches no model. As long as another term of `--select` matches one, it is a warning; a selection of which no term matches anything is wrong use.",
  },
  ({ option, terms, broken }) => {
    const near = [...new Set(terms.flatMap((one) => one.near ?? []))];
    return {
      message: `${listed(terms.map(({ term }) => term))} in --${option} match${terms.length === 1 ? "es" : ""} no model.`,
      help: [
        ...(near.length === 0 ? [] : [`Did you mean ${listed(near)}?`]),
        "`mesh ls` shows every model.",
        ...(broken.length === 0
          ? []
          : [`Models of projects that do not compile may be missing (${broken.join(", ")}): see \`mesh compile\`.`]),
      ].join(" "),
    };
  },
);

function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}
