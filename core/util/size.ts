// Owns sizes as people write them: `256MB`, `4 GiB`.

const UNIT_BYTES: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes, or undefined when the text is not a size. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b)$/i.exec(text);
  const unit = UNIT_BYTES[match?.[2]?.toLowerCase() ?? ""];
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}
