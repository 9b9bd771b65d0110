// Owns the form of a token: `mesh_<id>_<secret>`. Stores nothing.
import { randomBytes } from "node:crypto";
import { createId, sha256Hex } from "../util/index.ts";

const FORM = /^mesh_([0-9a-z]{26})_[A-Za-z0-9_-]{43}$/;

/** A new token with 256 bits of chance, and what is stored of it. */
export function newToken(): { readonly text: string; readonly id: string; readonly hash: string } {
  const id = createId();
  const text = `mesh_${id}_${randomBytes(32).toString("base64url")}`;
  return { text, id, hash: sha256Hex(text) };
}

/** What tells a token from all others; undefined when the text is none. */
export function readToken(text: string): { readonly id: string; readonly hash: string } | undefined {
  const id = FORM.exec(text)?.[1];
  return id === undefined ? undefined : { id, hash: sha256Hex(text) };
}
