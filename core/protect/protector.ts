// Owns what becomes of one protected value: token, keyed hash or mask. Knows neither rows nor stores.
import { createHmac } from "node:crypto";
import { problems } from "../errors/index.ts";
import type { Protection } from "../manifest/index.ts";
import { createSiv, type Siv } from "./aes-siv.ts";
import type { Key, Keyring } from "./keyring.ts";

/** Makes the text that lands in place of a value. Never of an empty one. */
export type Protect = (value: string) => string;

const SHORTEST_CARD = 13;
const LONGEST_CARD = 19;
const SHOWN = 4;
const FULL_MASK = "********";

/**
 * `domain` is what kind of value it is, such as `pci`: the same value of the same kind gives the same text everywhere, whichever
 * column and project it is of; that of another kind another.
 */
export function protectorOf(
  protection: Exclude<Protection, "drop">,
  domain: string,
  keyring: Keyring | undefined,
): Protect {
  if (protection === "mask") return mask;
  if (!keyring) throw problems.protectionKeysNotConfigured({}, { location: { file: "mesh.config.ts" } });
  const { current } = keyring;
  return protection === "hash" ? hasher(current, domain) : tokenizer(current, domain);
}

/**
 * Gives back the value that a token stands for: of a card number its digits, however it was written. Throws `protect/not-a-token`
 * when the text is none, its key is not in the ring, or it is of another kind of value or has been changed.
 */
export function detokenize(token: string, domain: string, keyring: Keyring): string {
  const [, id = "", body = ""] = /^tok_([A-Za-z0-9]+)_([A-Za-z0-9_-]+)$/.exec(token) ?? [];
  const key = keyring.key(id);
  if (body === "" || !key) throw problems.notAToken({ key: id === "" ? undefined : id });
  try {
    return Buffer.from(sivOf(key, domain).decrypt(Buffer.from(body, "base64url"))).toString("utf8");
  } catch {
    throw problems.notAToken({ key: undefined });
  }
}

function tokenizer(key: Key, domain: string): Protect {
  const siv = sivOf(key, domain);
  return (value) => `tok_${key.id}_${Buffer.from(siv.encrypt(Buffer.from(normalised(value)))).toString("base64url")}`;
}

function sivOf(key: Key, domain: string): Siv {
  return createSiv(key.derive("tokenize", 64), Buffer.from(domain));
}

function hasher(key: Key, domain: string): Protect {
  const secret = key.derive("hash", 32);
  return (value) =>
    createHmac("sha256", secret)
      .update(`${domain}\0${normalised(value)}`)
      .digest("hex");
}

/** The last four digits of a card number; of anything else nothing, not even its length. */
function mask(value: string): string {
  const digits = normalised(value);
  if (!isNumber(digits)) return FULL_MASK;
  return "*".repeat(digits.length - SHOWN) + digits.slice(-SHOWN);
}

/** A card number without its spaces and dashes; any other text as it is. */
function normalised(value: string): string {
  if (isNumber(value)) return value;
  const digits = value.replace(/[\s\u2010-\u2015\u2212-]+/g, "");
  return isNumber(digits) ? digits : value;
}

function isNumber(text: string): boolean {
  return text.length >= SHORTEST_CARD && text.length <= LONGEST_CARD && /^\d+$/.test(text);
}
