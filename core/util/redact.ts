// Owns keeping secrets out of text: connection strings and any value registered as secret.

/** The URL with its password replaced; text that is not a URL loses everything between `:` and `@`. */
export function redactUrl(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^:/?#\s]*:)[^@\s]*@/gi, "$1***@");
}

/** Replaces registered secrets in any text. Values shorter than four characters are left: they would blank ordinary words. */
export class Redactor {
  readonly #secrets = new Set<string>();

  add(secret: string): void {
    if (secret.length >= 4) this.#secrets.add(secret);
    try {
      const url = new URL(secret);
      for (const part of [url.password, decodeURIComponent(url.password)])
        if (part.length >= 4) this.#secrets.add(part);
    } catch {
      // Not a URL: the whole value is the secret.
    }
  }

  redact(text: string): string {
    let out = redactUrl(text);
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) out = out.replaceAll(secret, "***");
    return out;
  }
}
