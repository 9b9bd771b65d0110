// Owns what a source must say of card data: what is protected and how, and what may not be declared at all.
import { type MeshError, problems } from "../errors/index.ts";
import type { Protection } from "../manifest/index.ts";
import type { ColumnDeclaration, SourceDeclaration } from "../project/index.ts";
import { isForbiddenClassification, isVerificationValueName } from "../protect/index.ts";
import { placeOfKey } from "./settle-config.ts";
import type { ModelDraft, Settings } from "./types.ts";

const CARD_NUMBERS = new Set(["pci", "pci_pan"]);
const LOOKS_LIKE_CARD_NUMBER =
  /^((credit|debit|payment|bank)_?)?card_?(number|num|no|nr)$|^(cc|pan)_?(number|num|no)$|^pan$|^primary_account_number$/;
const TEXT = /^(varchar|text|string|char|bpchar)(\s*\(\s*\d+\s*\))?$/i;

export interface ProtectionProblems {
  readonly errors: readonly MeshError[];
  readonly warnings: readonly MeshError[];
}

/** `id` is `project.store.table`. */
export function checkProtection(id: string, source: SourceDeclaration): ProtectionProblems {
  const found = source.columns.map((column) => columnProblems(id, column));
  return {
    errors: [...found.flatMap(({ errors }) => errors), ...besides(id, source.columns)],
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

function columnProblems(source: string, column: ColumnDeclaration): ProtectionProblems {
  const { name, identifier = name, classification, protect, data_type: type = "", at: location } = column;
  const about = { source, column: name };
  const at = { location };
  const errors: MeshError[] = [];
  const warnings: MeshError[] = [];
  const forbidden = verificationProblem(about, column);
  // Nothing else matters of a column that may not be there.
  if (forbidden) return { errors: [forbidden], warnings };
  if (classification !== undefined && CARD_NUMBERS.has(classification) && protect === undefined)
    errors.push(problems.cardColumnUnprotected({ ...about, classification }, at));
  if (protect !== undefined && protect !== "drop" && type !== "" && !TEXT.test(type.trim()))
    errors.push(problems.protectedTypeNotText({ ...about, protect, type }, at));
  const unsaid = classification === undefined && protect === undefined;
  if (unsaid && [name, identifier].some((text) => LOOKS_LIKE_CARD_NUMBER.test(text.toLowerCase())))
    warnings.push(problems.cardColumnUnclassified(about, at));
  return { errors, warnings };
}

function verificationProblem(
  about: { readonly source: string; readonly column: string },
  { name, identifier = name, classification, meta, at: location }: ColumnDeclaration,
): MeshError | undefined {
  if (classification !== undefined && isForbiddenClassification(classification)) {
    const because = `has the classification "${classification}"`;
    return problems.verificationValueDeclared({ ...about, because, named: false }, { location });
  }
  const reason = meta?.not_card_verification;
  if (typeof reason === "string" && reason.trim() !== "") return undefined;
  const named = [name, identifier].find(isVerificationValueName);
  if (named === undefined) return undefined;
  const because = named === name ? "has the name of one" : `is "${named}" in the store, the name of one`;
  return problems.verificationValueDeclared(
    { ...about, because: `${because} of the values that verify a card`, named: true },
    { location },
  );
}

function besides(source: string, columns: readonly ColumnDeclaration[]): readonly MeshError[] {
  return columns.flatMap((column) => {
    const identifier = column.identifier ?? column.name;
    const other = columns.find((one) => one.protect === "hash" && (one.identifier ?? one.name) === identifier);
    if (column.protect !== "mask" || !other) return [];
    const about = { source, column: other.name, other: column.name, identifier };
    return [problems.hashBesideMask(about, { location: column.at })];
  });
}

/** Keys of a snapshot's configuration that need a column's values as they are, or at least apart. */
export function checkProtectedKeys(
  draft: ModelDraft,
  settings: Settings,
  source: SourceDeclaration,
): readonly MeshError[] {
  const { cursor, updated_at: updatedAt, unique_key: key = [], check_cols: checked } = settings.config;
  const named: readonly (readonly [key: string, columns: readonly string[]])[] = [
    ["cursor", cursor === undefined ? [] : [cursor]],
    ["updated_at", updatedAt === undefined ? [] : [updatedAt]],
    ["unique_key", key],
    ["check_cols", checked === undefined || checked === "all" ? [] : checked],
  ];
  return named.flatMap(([name, columns]) =>
    columns.flatMap((column) => {
      const { protect } = source.columns.find((one) => one.name.toLowerCase() === column.toLowerCase()) ?? {};
      if (protect === undefined || allowed(name, protect)) return [];
      const about = { model: draft.id, key: name, column, protect, allowed: name === "unique_key" };
      return [problems.protectedColumnInConfig(about, { location: placeOfKey(draft, name, {}) })];
    }),
  );
}

/** Equal values have equal tokens and hashes: they tell rows apart, and show that one changed. A mask shows less. */
function allowed(key: string, protect: Protection): boolean {
  if (key === "unique_key") return protect === "tokenize" || protect === "hash";
  return key === "check_cols" && protect !== "drop";
}
