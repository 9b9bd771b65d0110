// Owns how figures are written for people.

const grouped = new Intl.NumberFormat("en-US");

/** `1,240,000` */
export function formatCount(count: number): string {
  return grouped.format(Math.round(count));
}

/** `640 B`, `12.4 kB`, `1.3 GB`; powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `640`, `387k`, `12.3M`: for figures that change while one looks. */
export function formatShortCount(count: number): string {
  if (count >= 999_500) return `${(count / 1_000_000).toFixed(1)}M`;
  return count >= 9_999.5 ? `${Math.round(count / 1000)}k` : formatCount(count);
}

/** `387k rows/s` */
export function formatRate(rows: number, ms: number): string {
  return `${formatShortCount(ms <= 0 ? 0 : (rows * 1000) / ms)} rows/s`;
}

/** `1 model`, `3 models`, `2 queries` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `2024-05-01 13:45:10` in local time. */
export function formatTime(time: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
