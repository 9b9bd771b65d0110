// Problems of YAML files as text and as shape, whatever they describe.
import { defineProblem } from "../define-problem.ts";

const maybe = (near: string | undefined) => (near === undefined ? "" : ` Did you mean "${near}"?`);

export const yamlSyntax = defineProblem<{ reason: string }>(
  { code: "yaml/syntax", doc: "The file is not valid YAML, or holds more than one document." },
  ({ reason }) => ({
    message: `This is not valid YAML: ${reason}`,
    help: "Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.",
  }),
);

export const yamlDuplicateKey = defineProblem<{ key: string; firstLine: number }>(
  { code: "yaml/duplicate-key", doc: "A key is written twice in one mapping, so one of the two would be lost." },
  ({ key, firstLine }) => ({
    message: `The key "${key}" is written twice; first on line ${firstLine}.`,
    help: "Keep one of them.",
  }),
);

export const yamlTemplate = defineProblem<{ text: string }>(
  { code: "yaml/template", doc: "A template expression stands in YAML. YAML is data only; logic belongs in SQL." },
  ({ text }) => ({
    message: `YAML is data only, but this holds a template: ${text}`,
    help: "Write the value itself. What must be computed belongs in the model's SQL, in config().",
  }),
);

export const yamlEnvironment = defineProblem<{ text: string }>(
  {
    code: "yaml/environment",
    doc: "`${NAME}` stands outside a store's connection, the only place where it is substituted.",
  },
  ({ text }) => ({
    message: `${text} is not substituted here: environment variables may only stand in a store's \`connection\`.`,
    help: "Write the value itself, or read it in SQL with env_var().",
  }),
);

export const yamlNumberNotExact = defineProblem<{ text: string }>(
  { code: "yaml/number-not-exact", doc: "A whole number is beyond 2^53 and would be rounded silently." },
  ({ text }) => ({ message: `The number ${text} cannot be held exactly.`, help: `Quote it: "${text}"` }),
);

export const yamlUnknownKey = defineProblem<{
  key: string;
  place: string;
  near: string | undefined;
  known: readonly string[];
}>(
  {
    code: "yaml/unknown-key",
    doc: "A key is not one this place knows. Unknown keys are refused because a misspelt promise would silently not be kept.",
  },
  ({ key, place, near, known }) => ({
    message: `Unknown key "${key}" in ${place}.${maybe(near)}`,
    help: known.length > 0 ? `Known keys here: ${known.join(", ")}.` : "Remove it.",
  }),
);

export const yamlMissingKey = defineProblem<{ key: string; place: string; expected: string }>(
  { code: "yaml/missing-key", doc: "A required key is absent." },
  ({ key, place, expected }) => ({
    message: `${place} lacks the required key "${key}".`,
    help: `Add ${key}: ${expected}.`,
  }),
);

export const yamlWrongType = defineProblem<{ place: string; expected: string; got: string }>(
  { code: "yaml/wrong-type", doc: "A value has another type than its key takes." },
  ({ place, expected, got }) => ({
    message: `${place} must be ${expected}, but is ${got}.`,
    help: `Write ${expected}.`,
  }),
);

export const yamlWrongValue = defineProblem<{ place: string; expected: string; got: string; near: string | undefined }>(
  { code: "yaml/wrong-value", doc: "A value has the right type but is not one its key takes." },
  ({ place, expected, got, near }) => ({
    message: `${place} must be ${expected}, but is ${got}.${maybe(near)}`,
    help: `Write ${expected}.`,
  }),
);
