// Owns the digest of rows for stores that have no hash of their own: the definition is in docs/completeness.md.
import { hash } from "node:crypto";

const NULL_TEXT = "\u001e";
const SEPARATOR = "\u001f";
/** Sums of the two halves of a digest stay exact in a double for so many rows. */
const FLUSH_ROWS = 1 << 20;
const LOW = 2n ** 32n;

export interface DigestSum {
  /** Canonical texts of the checked columns, in order; null for NULL. */
  add(texts: readonly (string | null)[]): void;
  /** In decimal. */
  total(): string;
}

export function createDigestSum(): DigestSum {
  let total = 0n;
  let high = 0;
  let low = 0;
  let rows = 0;
  const flush = () => {
    total += BigInt(high) * LOW + BigInt(low);
    high = 0;
    low = 0;
    rows = 0;
  };
  return {
    add(texts) {
      let row = "";
      for (let i = 0; i < texts.length; i++) row += `${i === 0 ? "" : SEPARATOR}${texts[i] ?? NULL_TEXT}`;
      const digest = hash("md5", row, "buffer");
      // The first 60 bits: 28 of them above the low 32.
      const word = digest.readUInt32BE(0);
      const next = digest.readUInt32BE(4);
      high += word >>> 4;
      low += (word & 15) * 0x1000_0000 + (next >>> 4);
      if (++rows === FLUSH_ROWS) flush();
    },
    total() {
      flush();
      return String(total);
    },
  };
}
