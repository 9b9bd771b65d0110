// Owns putting environment variables into connections, the only place where they are substituted. Never prints a value.
import { type Location, problems } from "../errors/index.ts";
import type { Environment } from "./environment.ts";

export type ConnectionTemplate = string | Readonly<Record<string, unknown>>;

export interface ResolvedConnection<Template extends ConnectionTemplate> {
  readonly value: Template extends string ? string : ConnectionTemplate;
  /** What must not appear in any output; for the Redactor. */
  readonly secrets: readonly string[];
}

const PLACE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
/** Keys whose values are shown in messages, because a message without host and database helps nobody. */
const PLAIN_KEYS = new Set([
  "host",
  "port",
  "user",
  "database",
  "db",
  "schema",
  "filename",
  "file",
  "path",
  "timezone",
  "charset",
  "socketPath",
]);
/** Below these keys stand names and forms of what is read: only what comes from the environment is hidden. */
const DESCRIPTIONS = new Set(["tables", "optional", "delimiter", "null", "min_age", "timeout", "max_page"]);

function passwordsOfUrl(text: string): readonly string[] | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  if (!text.includes("://")) return undefined;
  const found = [...url.searchParams].filter(([name]) => /pass|secret|token|key/i.test(name)).map(([, value]) => value);
  if (url.password !== "") {
    found.push(url.password);
    try {
      found.push(decodeURIComponent(url.password));
    } catch {
      // A stray % is the password's own.
    }
  }
  return found;
}

function secretsOf(key: string | undefined, resolved: string, substituted: readonly string[]): readonly string[] {
  const passwords = passwordsOfUrl(resolved);
  if (passwords)
    return passwords.length === 0
      ? []
      : [...passwords, ...substituted.filter((value) => passwords.some((p) => value.includes(p)))];
  const isPlainPath = key === undefined && !resolved.includes("://") && !/pass|secret|token|pwd/i.test(resolved);
  return isPlainPath || (key !== undefined && PLAIN_KEYS.has(key)) ? [] : [resolved, ...substituted];
}

/**
 * Substitutes `${NAME}` and `${NAME:-default}` in the text, or in every text of the object. An empty variable counts as not set
 * where there is a default, as in a shell. Throws `config/missing-environment` naming every missing variable,
 * or `config/malformed-environment`. `what` names the connection in messages: `store bookings.bookings_db`.
 */
export function resolveConnection<Template extends ConnectionTemplate>(
  template: Template,
  env: Environment,
  place: { readonly what: string; readonly location?: Location },
): ResolvedConnection<Template> {
  const missing = new Set<string>();
  const secrets = new Set<string>();
  let malformed = false;

  const resolveText = (text: string, key: string | undefined, describes: boolean): string => {
    if (text.replace(PLACE, "").includes("${")) malformed = true;
    const substituted: string[] = [];
    const resolved = text.replace(PLACE, (_, name: string, fallback: string | undefined) => {
      const set = env[name];
      const value = fallback === undefined ? set : set === undefined || set === "" ? fallback : set;
      if (value === undefined) missing.add(name);
      else substituted.push(value);
      return value ?? "";
    });
    for (const secret of describes ? substituted : secretsOf(key, resolved, substituted))
      if (secret !== "") secrets.add(secret);
    return resolved;
  };
  const resolveValue = (value: unknown, key: string | undefined, above: boolean): unknown => {
    const describes = above || (key !== undefined && DESCRIPTIONS.has(key));
    if (typeof value === "string") return resolveText(value, key, describes);
    if (Array.isArray(value)) return value.map((item) => resolveValue(item, key, describes));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolveValue(item, name, describes)]));
  };

  const value = resolveValue(template, undefined, false) as ResolvedConnection<Template>["value"];
  const context = place.location ? { location: place.location } : {};
  if (malformed) throw problems.environmentMalformed({ what: place.what }, context);
  if (missing.size > 0) throw problems.environmentMissing({ what: place.what, names: [...missing].sort() }, context);
  return { value, secrets: [...secrets] };
}
