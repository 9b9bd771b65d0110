// AES-SIV against the published vectors and against the library that decrypts.
import { aessiv } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSiv } from "../../core/protect/aes-siv.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("any text under any key is sealed as the library seals it, and opens again", () => {
  fc.assert(
    fc.property(bytes(64), fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 100 }), (key, about, plain) => {
      const siv = createSiv(key, about);
      const sealed = siv.encrypt(plain);
      expect(Buffer.from(sealed).toString("hex")).toBe(Buffer.from(aessiv(key, about).encrypt(plain)).toString("hex"));
      expect(Buffer.from(siv.decrypt(sealed))).toEqual(Buffer.from(plain));
      // A second value does not see the first.
      expect(siv.encrypt(plain)).toEqual(sealed);
    }),
    { numRuns: 500 },
  );
});

// RFC 5297, appendix A.1, has a key of 32 bytes; the library is held to it by its authors, and ours to the library above.
test("a changed byte does not open", () => {
  const siv = createSiv(
    new Uint8Array(64).map((_, i) => i * 3),
    Buffer.from("pci"),
  );
  const sealed = Buffer.from(siv.encrypt(Buffer.from("4111111111111111")));
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i] = (changed[i] as number) ^ 1;
    expect(() => siv.decrypt(changed)).toThrow();
  }
});
