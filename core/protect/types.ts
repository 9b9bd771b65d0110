// Owns the shapes that protecting rows shares.

/** Rows in the COPY_CSV dialect, changed or watched on their way. */
export type RowStream = (stream: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
