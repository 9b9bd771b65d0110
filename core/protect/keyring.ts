// Owns the keys of protected columns: how they are read, checked and held. They are in memory only; messages name their places.
import { execFile } from "node:child_process";
import { hkdfSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { type MeshError, problems } from "../errors/index.ts";

/** Where a key is kept. A command's key is what it prints. */
export type KeyPlace = { readonly env: string } | { readonly file: string } | { readonly command: string };

export interface KeyDeclaration {
  /** Letters and digits; part of every token. */
  readonly id: string;
  readonly from: KeyPlace;
}

export interface Keyring {
  /** The key that protects now. */
  readonly current: Key;
  /** undefined when there is no key of that name. */
  key(id: string): Key | undefined;
}

export interface Key {
  readonly id: string;
  /** Eight bytes, hexadecimal, that tell one key from another and nothing of either. */
  readonly check: string;
  /** A key of its own for each use. */
  derive(use: "hash" | "tokenize", bytes: number): Buffer;
}

export interface KeyringContext {
  /** What a file is relative to, and where a command runs. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told every spelling of a key, so that no output ever shows it. */
  readonly secret: (text: string) => void;
}

const HERE: KeyringContext = { root: ".", env: process.env, secret: () => undefined };

const LENGTHS = [32, 64];
const COMMAND_TIMEOUT_MS = 30_000;
/** Random bytes have about 30 different ones among 32; fewer than this is a typed word or a placeholder. */
const FEWEST_DIFFERENT = 12;

/**
 * Reads all keys; the first is the current one. Throws `protect/keys-not-configured` or, for the first key that cannot be
 * had, `protect/key-…`.
 */
export async function openKeyring(
  declared: readonly KeyDeclaration[],
  given: Partial<KeyringContext> = {},
): Promise<Keyring> {
  const context = { ...HERE, ...given };
  const keys = new Map<string, Key>();
  for (const declaration of declared) keys.set(declaration.id, await readKey(declaration, context));
  const [current] = keys.values();
  if (!current) throw problems.protectionKeysNotConfigured({}, { location: { file: "mesh.config.ts" } });
  return { current, key: (id) => keys.get(id) };
}

async function readKey({ id, from }: KeyDeclaration, context: KeyringContext): Promise<Key> {
  // Base64 of some programs comes in lines.
  const text = (await readPlace(id, from, context)).replace(/\s+/g, "");
  if (text === "") throw missing(id, from, "it is empty.");
  context.secret(text);
  const bytes = parseKey(text);
  if (!bytes || !LENGTHS.includes(bytes.length))
    throw problems.protectionKeyInvalid({ id, place: placeText(from), bytes: bytes?.length }, { location: CONFIG });
  if (new Set(bytes).size < FEWEST_DIFFERENT)
    throw problems.protectionKeyWeak({ id, place: placeText(from) }, { location: CONFIG });
  for (const encoding of ["hex", "base64", "base64url"] as const) context.secret(bytes.toString(encoding));
  return keyOf(id, bytes);
}

function keyOf(id: string, bytes: Uint8Array): Key {
  const derive = (use: string, length: number) =>
    Buffer.from(hkdfSync("sha256", bytes, new Uint8Array(0), `mesh protect 1 ${use}`, length));
  return { id, check: derive("check", 8).toString("hex"), derive };
}

const CONFIG = { file: "mesh.config.ts" };

async function readPlace(id: string, from: KeyPlace, { root, env }: KeyringContext): Promise<string> {
  if ("env" in from) {
    const value = env[from.env];
    if (value === undefined) throw missing(id, from, "it is not set.");
    return value;
  }
  if ("file" in from) {
    return readFile(resolve(root, from.file), "utf8").catch((error: NodeJS.ErrnoException) => {
      throw missing(
        id,
        from,
        error.code === "ENOENT" ? "there is no such file." : `it cannot be read (${error.code}).`,
      );
    });
  }
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: COMMAND_TIMEOUT_MS, maxBuffer: 65_536 };
  // What it printed is not shown: it may be the key, or something else that is secret.
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", from.command], options).catch(
    ({ code, killed }: { code?: unknown; killed?: boolean }) => {
      throw missing(id, from, killed ? "it took longer than 30 seconds." : `it failed (${String(code)}).`);
    },
  );
  return stdout;
}

function missing(id: string, from: KeyPlace, reason: string): MeshError {
  return problems.protectionKeyMissing({ id, place: placeText(from), reason }, { location: CONFIG });
}

function placeText(from: KeyPlace): string {
  if ("env" in from) return `the environment variable ${from.env}`;
  return "file" in from ? `the file ${from.file}` : "the output of its command";
}

/** Hexadecimal or base64, with either alphabet. */
function parseKey(text: string): Buffer | undefined {
  if (/^([0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, "hex");
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}
