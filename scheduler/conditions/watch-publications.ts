// Owns knowing the newest publication of every model without reading them all each time. It may be thrown away at any moment.
import type { Publication, StateStore } from "../../core/state/index.ts";

export interface PublicationWatch {
  /** Looks for newer ones; true when there were. */
  refresh(state: StateStore): Promise<boolean>;
  newestOf(model: string): Publication | undefined;
  /** Everything up to this number has been seen. */
  sequence(): number;
}

export function watchPublications(): PublicationWatch {
  const newest = new Map<string, Publication>();
  let seen: number | undefined;

  return {
    async refresh(state) {
      const latest = await state.latestSequence();
      if (latest === seen) return false;
      // The state store is an older one now, restored from a backup: what was seen of the other says nothing about it.
      if (seen !== undefined && latest < seen) {
        newest.clear();
        seen = undefined;
      }
      const found = seen === undefined ? [...(await state.published()).values()] : await state.publicationsAfter(seen);
      for (const publication of found)
        if (publication.sequence > (newest.get(publication.model)?.sequence ?? 0))
          newest.set(publication.model, publication);
      seen = found.reduce((most, { sequence }) => Math.max(most, sequence), seen ?? 0);
      return true;
    },
    newestOf: (model) => newest.get(model),
    sequence: () => seen ?? 0,
  };
}
