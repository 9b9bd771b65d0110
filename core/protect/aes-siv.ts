// Owns AES-SIV (RFC 5297): equal values give equal ciphertexts, and nothing else is told. Encrypts with Node's own AES,
// five times as fast as the library in JavaScript; decrypting is the library's, so that each checks the other.
import { createCipheriv } from "node:crypto";
import { aessiv } from "@noble/ciphers/aes.js";

const BLOCK = 16;

export interface Siv {
  encrypt(plain: Uint8Array): Uint8Array;
  /** Throws when the ciphertext is not of this key and associated text. */
  decrypt(sealed: Uint8Array): Uint8Array;
}

/** `key` has 64 bytes: the first half authenticates, the second encrypts. */
export function createSiv(key: Uint8Array, associated: Uint8Array): Siv {
  const authenticate = blockCipher(key.subarray(0, 32));
  const encrypt = blockCipher(key.subarray(32));
  const once = doubled(authenticate(Buffer.alloc(BLOCK)));
  const twice = doubled(once);
  const cmac = (message: Uint8Array): Buffer => {
    const blocks = Math.max(1, Math.ceil(message.length / BLOCK));
    const rest = message.length - (blocks - 1) * BLOCK;
    const final = Buffer.alloc(BLOCK);
    final.set(message.subarray((blocks - 1) * BLOCK));
    if (rest < BLOCK) final[rest] = 0x80;
    xor(final, rest < BLOCK ? twice : once);
    if (blocks === 1) return authenticate(final);
    let chained: Buffer = Buffer.alloc(BLOCK);
    for (let i = 0; i < blocks - 1; i++) {
      xor(chained, message.subarray(i * BLOCK, (i + 1) * BLOCK));
      chained = authenticate(chained);
    }
    return authenticate(xor(final, chained));
  };
  // S2V of all but the text itself: the same for every value.
  const begun = xor(doubled(cmac(Buffer.alloc(BLOCK))), cmac(associated));
  const begunShort = doubled(begun);
  const library = aessiv(key, associated);
  return {
    encrypt(plain) {
      let mixed: Buffer;
      if (plain.length >= BLOCK) {
        mixed = Buffer.from(plain);
        xor(mixed.subarray(plain.length - BLOCK), begun);
      } else {
        mixed = Buffer.alloc(BLOCK);
        mixed.set(plain);
        mixed[plain.length] = 0x80;
        xor(mixed, begunShort);
      }
      const sealed = Buffer.allocUnsafe(BLOCK + plain.length);
      sealed.set(cmac(mixed));
      sealed.set(plain, BLOCK);
      xor(sealed.subarray(BLOCK), encrypt(counters(sealed.subarray(0, BLOCK), Math.ceil(plain.length / BLOCK))));
      return sealed;
    },
    decrypt: (sealed) => library.decrypt(Uint8Array.from(sealed)),
  };
}

/** AES of whole blocks, each by itself. One cipher object serves all: making one costs more than using it. */
function blockCipher(key: Uint8Array): (blocks: Uint8Array) => Buffer {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return (blocks) => cipher.update(blocks);
}

/** The counter blocks from the synthetic IV on, its 31st and 63rd bits from the right cleared. */
function counters(iv: Uint8Array, count: number): Buffer {
  const blocks = Buffer.alloc(count * BLOCK);
  const start = Buffer.from(iv);
  start[8] = (start[8] as number) & 0x7f;
  start[12] = (start[12] as number) & 0x7f;
  for (let i = 0; i < count; i++) {
    blocks.set(start, i * BLOCK);
    // The cleared bit leaves room for 2^31 blocks, and no value has so many.
    blocks.writeUInt32BE(start.readUInt32BE(12) + i, i * BLOCK + 12);
  }
  return blocks;
}

/** Times x in GF(2^128). */
function doubled(block: Uint8Array): Buffer {
  const out = Buffer.alloc(BLOCK);
  for (let i = 0; i < BLOCK; i++)
    out[i] = (((block[i] as number) << 1) | (i + 1 < BLOCK ? (block[i + 1] as number) >> 7 : 0)) & 0xff;
  if ((block[0] as number) & 0x80) out[BLOCK - 1] = (out[BLOCK - 1] as number) ^ 0x87;
  return out;
}

/** Changes and returns the first, as far as it goes. */
function xor<T extends Uint8Array>(into: T, other: Uint8Array): T {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) ^ (other[i] as number);
  return into;
}
