// Problems of card data and other protected columns: what must be declared, the keys, and what is found on the way.
import { defineProblem } from "../define-problem.ts";

export const cardNumberFound = defineProblem<{
  source: string;
  hits: readonly { readonly column: string; readonly rows: number }[];
  /** Only a part of the rows was looked at. */
  partly: boolean;
}>(
  {
    code: "protect/card-number-found",
    doc: "A text column that is not protected holds card numbers: 13 to 19 digits of a card network's range with the right check digit. Nothing of the load is kept, and the numbers are told nowhere.",
  },
  ({ source, hits, partly }) => ({
    message: `${source}: card numbers were found in ${hits.map(({ column, rows }) => `${column} (${partly ? "at least " : ""}${rows} row${rows === 1 ? "" : "s"})`).join(", ")}; nothing was loaded.`,
    help: "Declare `classification: pci` and `protect: tokenize`, `hash`, `mask` or `drop` on the column, or have the store's team remove the numbers. If these are no card numbers, `scan: false` on the table switches the search off.",
  }),
);

const PROTECTIONS = "`protect: tokenize`, `hash`, `mask` or `drop`";

export const cardColumnUnprotected = defineProblem<{ source: string; column: string; classification: string }>(
  {
    code: "protect/unprotected",
    doc: "A column of a source is classified as card numbers, and nothing says how they are protected. Card numbers never land in clear.",
  },
  ({ source, column, classification }) => ({
    message: `${source}: the column "${column}" has the classification "${classification}", and no \`protect\`.`,
    help: `Write ${PROTECTIONS} beside it: a token can be turned back by those who hold the key, a hash cannot, a mask keeps the last four digits, and a dropped column is never read.`,
  }),
);

export const cardColumnUnclassified = defineProblem<{ source: string; column: string }>(
  {
    code: "protect/unclassified",
    doc: "A column has the name of a card number and no classification. Only text is searched for card numbers as it lands: a number in a numeric column would not be found.",
  },
  ({ source, column }) => ({
    message: `${source}: the column "${column}" looks like a card number and has no classification.`,
    help: `Write \`classification: pci\` and ${PROTECTIONS}, with \`data_type: varchar\`; or give it the classification it has.`,
  }),
);

export const protectedTypeNotText = defineProblem<{ source: string; column: string; protect: string; type: string }>(
  {
    code: "protect/type-not-text",
    doc: "A column is tokenized, hashed or masked, and its declared type is not text. What lands of it is text, whatever it is in the store.",
  },
  ({ source, column, protect, type }) => ({
    message: `${source}: the column "${column}" has \`protect: ${protect}\` and the data_type "${type}".`,
    help: "Write `data_type: varchar`: tokens, hashes and masks are text, also of a number. Only `protect: drop` goes with any type.",
  }),
);

export const verificationValueDeclared = defineProblem<{
  source: string;
  column: string;
  because: string;
  named: boolean;
}>(
  {
    code: "protect/verification-value",
    doc: "A source declares a card verification value (CVV, CVC, CID), a PIN or PIN block, or the data of a magnetic stripe. PCI DSS 3.3 forbids storing sensitive authentication data after authorisation, in any form: there is no way to declare it.",
  },
  ({ source, column, because, named }) => ({
    message: `${source}: the column "${column}" ${because}: sensitive authentication data may not be stored, not even encrypted (PCI DSS 3.3).`,
    help: `Remove the column from the source.${named ? ' If it is something else, say so beside it: `meta: { not_card_verification: "what it is" }`.' : ""}`,
  }),
);

export const protectedColumnInConfig = defineProblem<{
  model: string;
  key: string;
  column: string;
  protect: string;
  allowed: boolean;
}>(
  {
    code: "protect/column-in-config",
    doc: "The configuration of a snapshot needs a column whose values do not land as they are: a cursor or `updated_at` that is protected has no order, a mask tells no two rows apart, and a dropped column is not there.",
  },
  ({ model, key, column, protect, allowed }) => ({
    message: `${model}: \`${key}\` names "${column}", which has \`protect: ${protect}\`.`,
    help: allowed
      ? `Name another column, or protect it by \`tokenize\` or \`hash\`: equal values then stay equal.`
      : "Name a column that is not protected.",
  }),
);

export const hashBesideMask = defineProblem<{ source: string; column: string; other: string; identifier: string }>(
  {
    code: "protect/hash-beside-mask",
    doc: "One source lands the same card numbers both hashed and masked. With the last four digits beside the hash, whoever has the key finds numbers in far fewer trials; PCI DSS 3.5.1 wants the two kept apart.",
  },
  ({ source, column, other, identifier }) => ({
    message: `${source}: "${column}" and "${other}" are the hash and the mask of the same "${identifier}".`,
    help: "Keep one of them, or tokenize instead of hashing.",
  }),
);

export const protectionKeysNotConfigured = defineProblem<Record<string, never>>(
  {
    code: "protect/keys-not-configured",
    doc: "A column is tokenized or hashed, and mesh.config.ts names no key.",
  },
  () => ({
    message: "Columns are tokenized or hashed, and mesh.config.ts has no `protect.keys`.",
    help: 'Write `protect: { keys: { id: "k1", from: { env: "MESH_PROTECT_KEY" } } }` there, and put the output of `openssl rand -hex 32` in that variable.',
  }),
);

export const protectionKeyMissing = defineProblem<{ id: string; place: string; reason: string }>(
  { code: "protect/key-missing", doc: "A key of `protect.keys` cannot be read where it is said to be." },
  ({ id, place, reason }) => ({
    message: `The protection key "${id}" cannot be had from ${place}: ${reason}`,
    help: "Provide it there; `openssl rand -hex 32` makes a new one. Without the key that made them, tokens cannot be turned back.",
  }),
);

export const protectionKeyInvalid = defineProblem<{ id: string; place: string; bytes: number | undefined }>(
  { code: "protect/key-invalid", doc: "A key of `protect.keys` is not 32 or 64 bytes in base64 or hexadecimal." },
  ({ id, place, bytes }) => ({
    message: `The protection key "${id}" from ${place} ${bytes === undefined ? "is neither base64 nor hexadecimal" : `has ${bytes} bytes`}.`,
    help: "It must be 32 or 64 random bytes in base64 or hexadecimal: `openssl rand -hex 32` makes one.",
  }),
);

export const protectionKeyWeak = defineProblem<{ id: string; place: string }>(
  { code: "protect/key-weak", doc: "A key of `protect.keys` has the right length, and is no random bytes." },
  ({ id, place }) => ({
    message: `The protection key "${id}" from ${place} repeats itself: it is a placeholder or was typed.`,
    help: "Use random bytes: `openssl rand -hex 32` makes a key.",
  }),
);

export const protectionKeyChanged = defineProblem<{ model: string; id: string }>(
  {
    code: "protect/key-changed",
    doc: "The published build was protected by another key of the same id. Its tokens and hashes would no longer match the new ones, and nothing would say so.",
  },
  ({ model, id }) => ({
    message: `${model}: the key "${id}" is not the one that protected the published build.`,
    help: `Put the old key back; or give the new one an id of its own and list it first in \`protect.keys\`, with the old one after it: the snapshot is then made anew.`,
  }),
);

export const protectedUniqueKeyOutdated = defineProblem<{ model: string; column: string; was: string; now: string }>(
  {
    code: "protect/unique-key-outdated",
    doc: "A snapshot that goes onto its published build tells rows apart by tokens or hashes, and they are now made with another key: every row would look new, and every old one gone.",
  },
  ({ model, column, was, now }) => ({
    message: `${model}: its unique_key "${column}" was protected with the key "${was}" and is now with "${now}", so no row would match the published build's.`,
    help: "Make the snapshot anew with `--full-refresh`, or with `--discard-history` and its name when it keeps a history; or list the old key first in `protect.keys`.",
  }),
);

/** How a column is protected; the domain is the kind of value that tokens and hashes are made for. */
interface ProtectedHow {
  readonly protect: string;
  readonly domain: string | undefined;
}

const spoken = ({ protect, domain }: ProtectedHow) =>
  `\`protect: ${protect}\`${domain === undefined ? "" : ` of the kind ${domain}`}`;

export const protectionOfKeptRows = defineProblem<{
  model: string;
  column: string;
  was: ProtectedHow | undefined;
  now: ProtectedHow | undefined;
}>(
  {
    code: "protect/kept-rows-differ",
    doc: "A snapshot keeps rows of its published build, as a history does, and a column of it is protected otherwise since: in its `unique_key` no row would match, and values that landed in clear would stay so beside the protected ones.",
  },
  ({ model, column, was, now }) => ({
    message: `${model}: the rows kept of the published build hold "${column}" ${was === undefined ? "in clear" : `as ${spoken(was)} made it`}, and it is now declared ${now === undefined ? "without `protect`" : `with ${spoken(now)}`}.`,
    help: "Make the snapshot anew with `--full-refresh`, or with `--discard-history` and its name when it keeps a history; or leave the column's `protect` as it was.",
  }),
);

export const protectedCellTooLong = defineProblem<{ source: string; column: string; limit: number }>(
  {
    code: "protect/cell-too-long",
    doc: "A value of a column that is tokenized, hashed or masked is longer than 64 KiB: it is a document, not a card number, a name or an address.",
  },
  ({ source, column, limit }) => ({
    message: `${source}: a value of the protected column "${column}" is longer than ${limit / 1024} KiB.`,
    help: "Protect the column by `drop`, or have the store put the value that is meant in a column of its own.",
  }),
);

export const notAToken = defineProblem<{ key: string | undefined }>(
  {
    code: "protect/not-a-token",
    doc: "A text given to `detokenize` is no token of the keys at hand and of the kind of value asked for.",
  },
  ({ key }) => ({
    message:
      key === undefined
        ? "The text is not a token of these keys and this kind of value, or it has been changed."
        : `The token was made with the key "${key}", which is not among those given.`,
    help: "A token begins with tok_ and the id of its key; the kind of value is the column's `token_domain`, else its classification.",
  }),
);
