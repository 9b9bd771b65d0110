// Owns the manifest as text: bytes that depend on its content alone, one line per entry, and its way back.
import { problems } from "../errors/index.ts";
import type { Manifest } from "./types.ts";

const SCHEMA_VERSION = 1;

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

/** Throws `manifest/unreadable` for text that is no manifest and `manifest/other-version` for one of another mesh. */
export function manifestFromJson(text: string, from: string): Manifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw problems.manifestUnreadable({ from, problem: "it is not JSON" }, { cause });
  }
  if (typeof parsed !== "object" || parsed === null || !("schemaVersion" in parsed)) {
    throw problems.manifestUnreadable({ from, problem: "it has no `schemaVersion`" });
  }
  if (parsed.schemaVersion !== SCHEMA_VERSION) {
    throw problems.manifestOtherVersion({ from, found: String(parsed.schemaVersion), wanted: SCHEMA_VERSION });
  }
  return parsed as Manifest;
}
