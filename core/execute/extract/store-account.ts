// Owns the store's arm of loss accounting: asked while the rows are still on their way.
import type { Source } from "../../manifest/index.ts";
import type { Extraction, StoreAccount } from "../../source/index.ts";

/** `values` is absent for a store that cannot account for itself: then only the rows it says it sent are known. */
export type CountedByStore = Omit<StoreAccount, "values"> & { readonly values?: StoreAccount["values"] };

/** Asks the store. The answer is for when the rows have landed; `onFailure` hears at once that there will be none. */
export function beginAccount(
  extraction: Extraction,
  verify: Source["verify"],
  onFailure: (error: unknown) => void,
): () => Promise<CountedByStore> {
  const asked = extraction.account?.({ checksum: verify === "checksum" });
  asked?.catch(onFailure);
  return async () => (await asked) ?? { rows: extraction.rows(), unchecked: [] };
}
