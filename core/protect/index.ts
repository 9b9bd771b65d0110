// Card data on its way out of a store: tokens, hashes, masks, and the search for what nobody declared. May not know stores or warehouses, and may not write a value or a key anywhere.
export {
  type KeyDeclaration,
  type Keyring,
  openKeyring,
} from "./keyring.ts";
export { detokenize } from "./protector.ts";
export { isReplaced, needsKey, sourceEdge } from "./source-edge.ts";
export type { RowStream } from "./types.ts";
export { isForbiddenClassification, isVerificationValueName } from "./verification-value.ts";
