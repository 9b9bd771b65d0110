// Owns the part of the state port that knows the tokens of the API. A token itself is never stored, only its SHA-256.
import type { Actor } from "./audit-types.ts";

/** `read`: looks at everything. `operate`: also asks for runs, stops them, pauses schedules. */
export type TokenRole = "read" | "operate";

export interface TokenRecord {
  readonly id: string;
  /** Stands in the audit log as who did it. No two live tokens have the same. */
  readonly name: string;
  readonly role: TokenRole;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly revokedBy?: string;
  /** To the minute. */
  readonly lastUsedAt?: Date;
  readonly status: "live" | "expired" | "revoked";
}

export interface TokenState {
  /** Throws `token/name-taken`. */
  createToken(
    token: {
      readonly id: string;
      /** SHA-256 of the whole token, hex. */
      readonly hash: string;
      readonly name: string;
      readonly role: TokenRole;
      readonly expiresAfterMs?: number;
    },
    by: Actor,
  ): Promise<TokenRecord>;
  /** The token whose id and hash these are, whatever its status; its last use is noted when it is live. undefined when there is none. */
  useToken(presented: { readonly id: string; readonly hash: string }): Promise<TokenRecord | undefined>;
  /** Newest first. */
  listTokens(): Promise<readonly TokenRecord[]>;
  /** By its id, or by the name of a token that is not revoked. undefined when there is none. */
  revokeToken(nameOrId: string, by: Actor): Promise<TokenRecord | undefined>;
}
