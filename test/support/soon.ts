// Owns what tests call "at once": an upper bound that no busy machine breaks, far below what would be waited for if it were not at once.

/** Milliseconds. How fast something is, the benches say. */
export const SOON_MS = 15_000;
