// One value protected: what is equal stays equal, what is different stays different, and what can be turned back.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { detokenize, isVerificationValueName, type KeyDeclaration, openKeyring } from "../../core/protect/index.ts";
import { protectorOf } from "../../core/protect/protector.ts";

const KEY = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";
const OTHER = "ffeeddccbbaa99887766554433221100f0e1d2c3b4a5968778695a4b3c2d1e0f";

async function ringOf(
  env: Record<string, string>,
  declared: readonly KeyDeclaration[] = [{ id: "k1", from: { env: "KEY" } }],
) {
  const secrets: string[] = [];
  const ring = await openKeyring(declared, { root: "/", env, secret: (text) => secrets.push(text) });
  return { ring, secrets };
}

describe("a token", () => {
  test("is the same for one number however it is written, and gives its digits back", async () => {
    const { ring } = await ringOf({ KEY });
    const tokenize = protectorOf("tokenize", "pci", ring);
    const token = tokenize("4111111111111111");
    expect(token).toMatch(/^tok_k1_[A-Za-z0-9_-]{43}$/);
    for (const other of ["4111 1111 1111 1111", "4111-1111-1111-1111", " 4111\u00a01111–1111—1111 "])
      expect(tokenize(other)).toBe(token);
    expect(detokenize(token, "pci", ring)).toBe("4111111111111111");
    // Kept: these are the same to all who use the key, in every version of mesh.
    expect(token).toBe("tok_k1_rariecbE6X2PbSYpuupVEVJHH9CM1cnHD3gaYaBad-I");
    expect(protectorOf("hash", "pci", ring)("4111111111111111")).toBe(
      "08afc51fe7eedbd2671e9f3ab0c244194b54729e66762f5c8f2e4887b9a5e7b1",
    );
  });

  test("of other text keeps every sign of it", async () => {
    const { ring } = await ringOf({ KEY });
    const tokenize = protectorOf("tokenize", "personal", ring);
    for (const text of ["Jean-Luc", "Jean Luc", " a ", "612-345-678", "é€😀", "x".repeat(1_000)])
      expect(detokenize(tokenize(text), "personal", ring)).toBe(text);
    expect(tokenize("Jean-Luc")).not.toBe(tokenize("Jean Luc"));
  });

  test("of another kind of value or another key is another, and is refused where it does not belong", async () => {
    const { ring } = await ringOf({ KEY });
    const { ring: other } = await ringOf({ KEY: OTHER });
    const token = protectorOf("tokenize", "pci", ring)("4111111111111111");
    expect(protectorOf("tokenize", "loyalty", ring)("4111111111111111")).not.toBe(token);
    expect(protectorOf("tokenize", "pci", other)("4111111111111111")).not.toBe(token);
    const changed = `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`;
    for (const [text, domain, keys] of [
      [token, "loyalty", ring],
      [token, "pci", other],
      [changed, "pci", ring],
      ["4111", "pci", ring],
      ["tok_k9_AAAA", "pci", ring],
    ] as const)
      expect(() => detokenize(text, domain, keys)).toThrow(expect.objectContaining({ code: "protect/not-a-token" }));
  });

  test("made before a rotation is still turned back, and new ones name the new key", async () => {
    const { ring: before } = await ringOf({ KEY });
    const old = protectorOf("tokenize", "pci", before)("4111111111111111");
    const { ring } = await ringOf({ KEY, NEW: OTHER }, [
      { id: "k2", from: { env: "NEW" } },
      { id: "k1", from: { env: "KEY" } },
    ]);
    expect(detokenize(old, "pci", ring)).toBe("4111111111111111");
    expect(protectorOf("tokenize", "pci", ring)("4111111111111111")).toMatch(/^tok_k2_/);
  });
});

test.each([
  ["4111111111111111", "************1111"],
  ["3782 822463 10005", "***********0005"],
  ["4111-1111-1111-1234", "************1234"],
  ["123456789012", "********"],
  ["1", "********"],
  ["12345678901234567890", "********"],
  ["4111 1111 1111 111x", "********"],
  ["Ann", "********"],
])("the mask of %s is %s", (value, masked) => {
  expect(protectorOf("mask", "", undefined)(value)).toBe(masked);
});

describe("a key", () => {
  test("comes from a variable, a file or a command, in base64 or hexadecimal, and every spelling of it is told to be secret", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-key-"));
    try {
      const file = join(folder, "key");
      await writeFile(file, `${Buffer.from(KEY, "hex").toString("base64")}\n`);
      const token = protectorOf("tokenize", "pci", (await ringOf({ KEY })).ring)("4111111111111111");
      for (const from of [{ file }, { command: `cat ${file}` }, { command: "echo $KEY" }] as const) {
        const { ring, secrets } = await ringOf({ KEY }, [{ id: "k1", from }]);
        expect(protectorOf("tokenize", "pci", ring)("4111111111111111")).toBe(token);
        expect(secrets).toEqual(expect.arrayContaining([KEY, Buffer.from(KEY, "hex").toString("base64")]));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ["protect/keys-not-configured", [], {}],
    ["protect/key-missing", [{ id: "k1", from: { env: "KEY" } }], {}],
    ["protect/key-missing", [{ id: "k1", from: { env: "KEY" } }], { KEY: " \n" }],
    ["protect/key-missing", [{ id: "k1", from: { file: "/nowhere/key" } }], {}],
    ["protect/key-missing", [{ id: "k1", from: { command: `echo ${KEY.slice(0, 20)}SECRET; exit 3` } }], {}],
    ["protect/key-invalid", [{ id: "k1", from: { env: "KEY" } }], { KEY: `${KEY.slice(0, 20)}SECRET!` }],
    ["protect/key-invalid", [{ id: "k1", from: { env: "KEY" } }], { KEY: KEY.slice(0, 62) }],
    ["protect/key-weak", [{ id: "k1", from: { env: "KEY" } }], { KEY: "a1".repeat(32) }],
    [
      "protect/key-missing",
      [
        { id: "k2", from: { env: "KEY" } },
        { id: "k1", from: { env: "OLD" } },
      ],
      { KEY },
    ],
  ] as const)("that cannot be used is %s, and no part of it is told", async (code, declared, env) => {
    const failure = await ringOf(env, declared).catch((error) => error);
    expect(failure.code).toBe(code);
    const [first] = declared;
    if (first && "env" in first.from && code !== "protect/keys-not-configured")
      expect(failure.message).toMatch(/variable (KEY|OLD)/);
    expect(`${failure.message}${failure.help}${failure.stack}`).not.toMatch(/SECRET|00112233|a1a1/);
  });

  test("of the same id that is another has another check, which does not tell it", async () => {
    const [one, same, other] = await Promise.all(
      [KEY, KEY, OTHER].map(async (key) => (await ringOf({ KEY: key })).ring.current.check),
    );
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(KEY).not.toContain(one);
  });

  test("of random bytes is never taken for a weak one", async () => {
    for (let i = 0; i < 2_000; i++)
      await ringOf({ KEY: randomBytes(i % 2 === 0 ? 32 : 64).toString(i % 3 === 0 ? "hex" : "base64") });
  });
});

test.each([
  ..."cvv CVV2 cvc cvc2 cid csc cvn cav2 card_cvv cardCvv cc_cvc2 card_verification_code card_verification_value".split(
    " ",
  ),
  ..."cardVerificationNumber card_security_code cvv_code cvv_encrypted cvv_hash amex_cid pin_block PinBlock card_pin".split(
    " ",
  ),
  ..."encrypted_pin pvv track1 track2 track_2 track2_data track_data magstripe magnetic_stripe_data mag_stripe full_track_data card_cvv_enc".split(
    " ",
  ),
])("%s is the name of what may not be stored", (name) => {
  expect(isVerificationValueName(name)).toBe(true);
});

test.each([
  ..."cvv_result cvv_check cvc_match cvv_present card_verification_result card_id customer_id acid incident cidade".split(
    " ",
  ),
  ..."pin track tracking_number track_id soundtrack pincode zip card_number card_brand card_last4 verification_status cvr scv".split(
    " ",
  ),
])("%s is not", (name) => {
  expect(isVerificationValueName(name)).toBe(false);
});
