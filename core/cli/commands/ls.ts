// Owns `mesh ls`.
import { problems } from "../../errors/index.ts";
import type { ListedModel } from "../../mesh-types.ts";
import { closest } from "../../util/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatTable } from "../output/table.ts";
import { takeSelection } from "../selection.ts";

const KEYS = ["id", "kind", "materialized", "access", "owner", "path", "tags", "description"] as const;
type Key = (typeof KEYS)[number];
const DEFAULT_KEYS: readonly Key[] = ["id", "kind", "materialized", "access", "owner"];

export const run: CommandRunner = async (input) => {
  const { options, output } = input;
  const keys = readKeys(options.text("output"));
  const mesh = await input.openMesh();
  const { selection } = await takeSelection(mesh, input);
  const models = await mesh.list(selection);
  output.document(
    keys === undefined
      ? models
      : models.map((model) => Object.fromEntries(keys.map((key) => [key, model[key] ?? null]))),
  );
  const shown = keys ?? DEFAULT_KEYS;
  const [only] = shown;
  // One column is for other programs: a value a line, nothing else.
  if (shown.length === 1 && only !== undefined) {
    for (const model of models) output.result(textOf(model, only) ?? "");
    return 0;
  }
  output.result(
    formatTable(
      shown.map((title) => ({ title })),
      models.map((model) => shown.map((key) => textOf(model, key))),
      output.colors,
    ),
  );
  return 0;
};

function textOf(model: ListedModel, key: Key): string | null {
  return key === "tags" ? model.tags.join(",") : (model[key] ?? null);
}

function readKeys(text: string | undefined): readonly Key[] | undefined {
  if (text === undefined) return undefined;
  return text.split(",").map((part) => {
    const word = part.trim();
    const key = KEYS.find((candidate) => candidate === word);
    if (key !== undefined) return key;
    throw problems.badChoice({ argument: "--output", value: word, choices: KEYS, near: closest(word, KEYS) });
  });
}
