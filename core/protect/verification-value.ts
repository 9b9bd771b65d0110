// Owns the words for what PCI DSS 3.3 forbids to store after authorisation: verification values, PINs, stripe data.

/** Classifications that say so outright. */
const CLASSIFICATIONS = new Set(["pci_sad", "cvv", "cvc", "sensitive_authentication_data"]);

/** Names for the values themselves, as one word or several. A bare `pin` or `track` is too often a postal code or a song. */
const NAMES = [
  /^(cvv|cvc|cvn|csc|cid|cav|cvd|cvp|cvx|icvv|dcvv)[0-9]?$/,
  /^pvv$/,
  /^pin_?block$/,
  /^(card|encrypted|debit|atm)_pin$/,
  /^pin_(offset|verification_value)$/,
  /^(full_)?track_?[123]?_?(data|equivalent)$/,
  /^track_?[123]$/,
  /^(mag|magnetic)_?(stripe|strip)$/,
  /^card_?(verification|security|validation|authentication|identification)$/,
];

/** What may follow a name: it is still the value. */
const VALUE_WORDS = new Set([
  "value",
  "code",
  "number",
  "num",
  "no",
  "nr",
  "data",
  "text",
  "enc",
  "encrypted",
  "hash",
  "id",
  "raw",
]);
/** What may stand before it. */
const OWNER_WORDS = new Set(
  "card cc credit debit payment amex visa mc customer user encrypted hashed raw the".split(" "),
);

export function isForbiddenClassification(classification: string): boolean {
  return CLASSIFICATIONS.has(classification);
}

/** `cvv`, `cardCvc2`, `card_verification_code`; not `cvv_result` or `cvv_present`, which say how a check went. */
export function isVerificationValueName(name: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  for (let from = 0; from < words.length; from++) {
    for (let to = words.length; to > from; to--) {
      if (!NAMES.some((pattern) => pattern.test(words.slice(from, to).join("_")))) continue;
      const around = words.slice(0, from).every((word) => OWNER_WORDS.has(word));
      if (around && words.slice(to).every((word) => VALUE_WORDS.has(word))) return true;
    }
  }
  return false;
}
