// Owns what a bench reports: figures, each a ratio to something measured in the same run wherever that makes sense.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` was compared with in the same run, and how many times as large it is. */
  readonly against?: { readonly what: string; readonly ratio: number };
  /** The budget, for people. */
  readonly bar?: string;
}

export interface BenchOptions {
  /** Scales the work; each bench says what 1 means. */
  readonly size: number | undefined;
  readonly tell: (line: string) => void;
  /** Shows a figure at once, for a bench that takes minutes; it is among those returned all the same. */
  readonly show: (figure: Figure) => void;
}

/** A bench file's default export. */
export type Bench = (options: BenchOptions) => Promise<readonly Figure[]>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
