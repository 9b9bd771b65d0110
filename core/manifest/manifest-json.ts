// Owns the manifest as text: bytes that depend on its content alone, one line per entry. mesh writes it for others and never reads it back.
import type { Manifest } from "./types.ts";

/** JSON with sorted keys and every model, test … on a line of its own, so that text tools can compare two of them. */
export function manifestToJson(manifest: Manifest): string {
  const sections = Object.entries(manifest)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, section]) => `${JSON.stringify(name)}: ${sectionToJson(section)}`);
  return `{\n${sections.join(",\n")}\n}\n`;
}

function sectionToJson(section: unknown): string {
  if (typeof section !== "object" || section === null) return JSON.stringify(section);
  const lines = Array.isArray(section)
    ? section.map((item) => toJson(item))
    : Object.entries(section)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${JSON.stringify(key)}: ${toJson(value)}`);
  const [open, close] = Array.isArray(section) ? "[]" : "{}";
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(",\n")}\n${close}`;
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) => {
    if (typeof child !== "object" || child === null || Array.isArray(child)) return child;
    return Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
