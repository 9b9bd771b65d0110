// Problems of templates: their syntax, the values they meet and what they may not do.
import { defineProblem } from "../define-problem.ts";

const didYouMean = (near: string | undefined) => (near === undefined ? "" : ` Did you mean "${near}"?`);

export const templateSyntax = defineProblem<{ problem: string; help?: string | undefined }>(
  {
    code: "template/syntax",
    doc: "A template is not well formed: a tag is not closed, a bracket is missing, a word is not expected where it stands.",
  },
  ({ problem, help }) => ({
    message: `The template cannot be read: ${problem}.`,
    help: help ?? "Templates follow Jinja2's grammar; docs/templates.md shows every form.",
  }),
);

export const templateUnsupported = defineProblem<{ what: string; help: string }>(
  {
    code: "template/unsupported",
    doc: "A template uses a construct of Jinja2 or dbt that mesh does not have. It is refused because leaving it out or guessing would change the SQL in silence.",
  },
  ({ what, help }) => ({ message: `${what} is not supported in templates.`, help }),
);

export const templateUndefined = defineProblem<{ name: string; near?: string | undefined; help?: string | undefined }>(
  { code: "template/undefined", doc: "A template uses a name, a macro or a parameter that nothing defines." },
  ({ name, near, help }) => ({
    message: `"${name}" is not defined.${didYouMean(near)}`,
    help:
      help ??
      "Names come from the template's own `set` and `for`, from macros, and from the context that docs/templates.md lists.",
  }),
);

export const templateUndefinedAttribute = defineProblem<{ type: string; attribute: string; near?: string | undefined }>(
  {
    code: "template/undefined-attribute",
    doc: "A template uses an attribute, key or index that the value does not have.",
  },
  ({ type, attribute, near }) => ({
    message: `This ${type} has no ${attribute}.${didYouMean(near)}`,
    help: "Use `.get('key')` on a dict, or test with `is defined`, where it may be missing.",
  }),
);

export const templateUnknownFilter = defineProblem<{ name: string; near: string | undefined }>(
  { code: "template/unknown-filter", doc: "A template uses a filter that does not exist." },
  ({ name, near }) => ({
    message: `There is no filter "${name}".${didYouMean(near)}`,
    help: "docs/templates.md lists the filters.",
  }),
);

export const templateUnknownTest = defineProblem<{ name: string; near: string | undefined }>(
  { code: "template/unknown-test", doc: "A template uses a test after `is` that does not exist." },
  ({ name, near }) => ({
    message: `There is no test "is ${name}".${didYouMean(near)}`,
    help: "docs/templates.md lists the tests.",
  }),
);

export const templateWrongArguments = defineProblem<{ name: string; problem: string; signature?: string | undefined }>(
  {
    code: "template/wrong-arguments",
    doc: "A macro, function, filter, test or method is called with arguments it does not take.",
  },
  ({ name, problem, signature }) => ({
    message: `${name} ${problem}.`,
    help: signature === undefined ? "Correct the arguments of this call." : `It is called as ${signature}.`,
  }),
);

export const templateWrongType = defineProblem<{ problem: string; help?: string | undefined }>(
  {
    code: "template/wrong-type",
    doc: "An operation meets a value of a type it does not work on, as Python would refuse it.",
  },
  ({ problem, help }) => ({
    message: `${problem}.`,
    help: help ?? "Values behave as in Python; convert first, for instance with `| string`, `| int` or `| list`.",
  }),
);

export const templateRaised = defineProblem<{ message: string }>(
  { code: "template/raised", doc: "A macro or model called `exceptions.raise_compiler_error`." },
  ({ message }) => ({
    message,
    help: "The message comes from the template itself: change the call so that it accepts it.",
  }),
);

export const templateLimit = defineProblem<{ what: string }>(
  {
    code: "template/limit",
    doc: "Rendering went past a limit: macros calling each other without end, an enormous range or text.",
  },
  ({ what }) => ({
    message: `Rendering stopped: ${what}.`,
    help: "Look for a macro that calls itself without end, or a loop over far more than was meant.",
  }),
);

export const templateRelationText = defineProblem<{ what: string }>(
  {
    code: "template/relation-as-text",
    doc: "A template works on the text of a relation. Its name is decided when a build is bound, after rendering, so there is no text to work on yet.",
  },
  ({ what }) => ({
    message: `${what} would work on the text of a relation, which is only known when the query runs.`,
    help: "Print the relation whole, or use its `.identifier` or `.schema`, which are plain strings.",
  }),
);

export const macroReserved = defineProblem<{ name: string }>(
  {
    code: "template/macro-reserved-name",
    doc: "A macro has the name of something every template already has, such as ref or config.",
  },
  ({ name }) => ({
    message: `A macro may not be called "${name}": every template has that name already.`,
    help: "Give the macro another name.",
  }),
);

export const macroTwice = defineProblem<{ name: string; other: string }>(
  {
    code: "template/duplicate-macro",
    doc: "Two macros of the shared folder, or two of one project, have the same name.",
  },
  ({ name, other }) => ({
    message: `The macro "${name}" is also defined in ${other}.`,
    help: "Rename or remove one of the two.",
  }),
);

export const macroFileContent = defineProblem<{ what: string }>(
  {
    code: "template/macro-file-content",
    doc: "A file of macros holds something other than macros, comments and text, which would never run.",
  },
  ({ what }) => ({
    message: `${what} stands outside of every macro, so it would never run.`,
    help: "Move it into a macro.",
  }),
);
