// Owns a fast reader of the plain YAML most files are written in. It gives what `library-yaml.ts` gives, or gives up: it never decides
// that a text is wrong and never guesses. A property test compares the two. Why it exists: 121,600 lines of property files take the
// yaml package 2.9 s and this 0.25 s.
import { type Standing, standingUnder, TOP, type YamlBuilder } from "./yaml-builder.ts";

/** Thrown to leave the text to the library. */
const GIVE_UP = Symbol("not plain YAML");

/** Tabs, carriage returns, control characters and Unicode's line breaks. */
const UNUSUAL = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd]/;
const MARKER = /^(---|\.\.\.|%)/m;
const NUMBER = /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/;
/** All that the core schema could take for a number, and more. */
const LIKE_A_NUMBER = /^[-+]?(\.?\d[\d.eE+-]*|0[xo][\da-fA-F]+|\.(inf|nan))$/i;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["null", "Null", "NULL", "~"].map((word) => [word, null] as const),
]);
const DATE = /^\d{4}-\d\d-\d\d$/;

/** The file's value, or undefined when the text is not plain enough; the builder is then spoilt. */
export function readPlain(builder: YamlBuilder): { readonly value: unknown } | undefined {
  if (UNUSUAL.test(builder.text) || MARKER.test(builder.text)) return undefined;
  try {
    return { value: new PlainReader(builder).read() };
  } catch (error) {
    if (error === GIVE_UP) return undefined;
    throw error;
  }
}

class PlainReader {
  readonly #builder: YamlBuilder;
  readonly #text: string;
  /** Start of the content of the current line, or of what follows a dash; its column; and where the line ends. */
  #at = 0;
  #indent = -1;
  #end = 0;
  /** Where the next line starts. */
  #next = 0;

  constructor(builder: YamlBuilder) {
    this.#builder = builder;
    this.#text = builder.text;
  }

  read(): unknown {
    this.#advance();
    if (this.#indent !== 0) throw GIVE_UP;
    const value = this.#block(0, TOP);
    if (this.#hasLine()) throw GIVE_UP;
    return value;
  }

  /** Moves to the next line that holds something; indent -1 at the end. */
  #advance(): void {
    const text = this.#text;
    while (this.#next < text.length) {
      const lineEnd = text.indexOf("\n", this.#next);
      this.#end = lineEnd === -1 ? text.length : lineEnd;
      let at = this.#next;
      while (at < this.#end && text[at] === " ") at++;
      const start = this.#next;
      this.#next = this.#end + 1;
      if (at < this.#end && text[at] !== "#") {
        this.#at = at;
        this.#indent = at - start;
        return;
      }
    }
    this.#indent = -1;
  }

  #hasLine(): boolean {
    return this.#indent !== -1;
  }

  #isDash(at: number): boolean {
    return this.#text[at] === "-" && (at + 1 >= this.#end || this.#text[at + 1] === " ");
  }

  /** The mapping or list whose lines stand at this indent. */
  #block(indent: number, standing: Standing): unknown {
    return this.#isDash(this.#at) ? this.#list(indent, standing) : this.#map(indent, standing);
  }

  #list(indent: number, standing: Standing): unknown[] {
    const list = this.#builder.list(this.#at);
    while (this.#indent === indent && this.#isDash(this.#at)) {
      let at = this.#at + 1;
      while (at < this.#end && this.#text[at] === " ") at++;
      // An entry on the lines below its dash, or none at all.
      if (at >= this.#end || this.#text[at] === "#") throw GIVE_UP;
      this.#indent += at - this.#at;
      this.#at = at;
      if (this.#isDash(at) || this.#keyEnd(at) !== undefined)
        this.#builder.push(list, at, this.#block(this.#indent, standing));
      else {
        this.#builder.push(list, at, this.#inline(at, standing));
        this.#advance();
      }
      if (this.#indent > indent) throw GIVE_UP;
    }
    return list;
  }

  #map(indent: number, standing: Standing): Record<string, unknown> {
    const map = this.#builder.map(this.#at);
    while (this.#indent === indent && !this.#isDash(this.#at)) {
      const keyAt = this.#at;
      const keyEnd = this.#keyEnd(keyAt);
      if (keyEnd === undefined) throw GIVE_UP;
      const key = this.#key(keyAt, keyEnd);
      // Twice the same key, or a merge: the library's matter.
      if (Object.hasOwn(map, key) || key === "<<") throw GIVE_UP;
      const under = standingUnder(standing, key);
      let at = keyEnd + 1;
      while (at < this.#end && this.#text[at] === " ") at++;
      if (at < this.#end && this.#text[at] !== "#") {
        const value = this.#inline(at, under);
        this.#builder.put(map, key, keyAt, value === null ? keyAt : at, value);
        this.#advance();
      } else {
        this.#advance();
        const nested = this.#indent > indent || (this.#indent === indent && this.#isDash(this.#at));
        const valueAt = nested ? this.#at : keyAt;
        this.#builder.put(map, key, keyAt, valueAt, nested ? this.#block(this.#indent, under) : null);
      }
      if (this.#indent > indent) throw GIVE_UP;
    }
    return map;
  }

  /** Where the colon of a key stands, when what starts here is a key. */
  #keyEnd(at: number): number | undefined {
    const text = this.#text;
    const first = text[at] ?? "";
    let colon: number;
    if (first === '"' || first === "'") {
      const close = text.indexOf(first, at + 1);
      if (close === -1 || close >= this.#end) return undefined;
      colon = close + 1;
      if (text[colon] !== ":") return undefined;
    } else {
      if (!/[A-Za-z0-9_]/.test(first)) return undefined;
      colon = at;
      do {
        colon = text.indexOf(":", colon + 1);
        if (colon === -1 || colon >= this.#end) return undefined;
      } while (colon + 1 < this.#end && text[colon + 1] !== " ");
    }
    return colon + 1 >= this.#end || text[colon + 1] === " " ? colon : undefined;
  }

  #key(at: number, end: number): string {
    const raw = this.#text.slice(at, end);
    const quoted = /^"([^"\\]*)"$|^'([^']*)'$/.exec(raw);
    if (quoted) return quoted[1] ?? quoted[2] ?? "";
    // Keys that the core schema would not take for text, and a comment before the colon.
    if (raw.length > 200 || !/^[A-Za-z_][\w.+ -]*$/.test(raw) || raw.endsWith(" ") || WORDS.has(raw)) throw GIVE_UP;
    return raw;
  }

  /** A value that stands on one line, which it must fill. */
  #inline(at: number, standing: Standing): unknown {
    const text = this.#text;
    const first = text[at] ?? "";
    if (first === "[" || first === "{" || first === '"' || first === "'") {
      const { value, end } = this.#flow(at, standing);
      let rest = end;
      while (rest < this.#end && text[rest] === " ") rest++;
      if (rest < this.#end && (text[rest] !== "#" || rest === end)) throw GIVE_UP;
      return value;
    }
    let source = text.slice(at, this.#end);
    const comment = source.indexOf(" #");
    if (comment !== -1) source = source.slice(0, comment);
    source = source.trimEnd();
    if (source.includes(": ") || source.endsWith(":")) throw GIVE_UP;
    return this.#scalar(source, at, standing);
  }

  #scalar(source: string, at: number, standing: Standing): unknown {
    const first = source[0] ?? "";
    if (source === "" || "?:,[]{}#&*!|>'\"%@`".includes(first) || (first === "-" && !/^-[A-Za-z0-9]/.test(source)))
      throw GIVE_UP;
    const word = WORDS.get(source);
    if (word !== undefined) return word;
    if (NUMBER.test(source)) return this.#builder.number(Number(source), source, at);
    if (LIKE_A_NUMBER.test(source) && !DATE.test(source)) throw GIVE_UP;
    return this.#builder.string(source, at, standing);
  }

  #spaces(at: number): number {
    let to = at;
    while (to < this.#end && this.#text[to] === " ") to++;
    if (to >= this.#end) throw GIVE_UP;
    return to;
  }

  /** A quoted text or a collection in brackets, all on this line. */
  #flow(at: number, standing: Standing): { readonly value: unknown; readonly end: number } {
    const text = this.#text;
    const first = text[at];
    if (first === '"' || first === "'") {
      const { value, end } = this.#quoted(at);
      return { value: this.#builder.string(value, at, standing), end };
    }
    if (first === "[") return this.#flowList(at, standing);
    if (first === "{") return this.#flowMap(at, standing);
    let end = at;
    while (end < this.#end && !",[]{}".includes(text[end] ?? "")) {
      if (text[end] === "#" || (text[end] === ":" && !/[A-Za-z0-9_/-]/.test(text[end + 1] ?? ""))) throw GIVE_UP;
      end++;
    }
    if (end >= this.#end) throw GIVE_UP;
    return { value: this.#scalar(text.slice(at, end).trimEnd(), at, standing), end };
  }

  #quoted(at: number): { readonly value: string; readonly end: number } {
    const text = this.#text;
    const quote = text[at] ?? "";
    let end = at + 1;
    let doubled = false;
    for (; end < this.#end; end++) {
      if (text[end] === "\\" && quote === '"') throw GIVE_UP;
      if (text[end] !== quote) continue;
      if (quote === "'" && text[end + 1] === "'") {
        doubled = true;
        end++;
      } else break;
    }
    if (end >= this.#end) throw GIVE_UP;
    const raw = text.slice(at + 1, end);
    return { value: doubled ? raw.replaceAll("''", "'") : raw, end: end + 1 };
  }

  #flowList(start: number, standing: Standing): { readonly value: unknown[]; readonly end: number } {
    const list = this.#builder.list(start);
    let at = this.#spaces(start + 1);
    if (this.#text[at] === "]") return { value: list, end: at + 1 };
    for (;;) {
      const item = this.#flow(at, standing);
      this.#builder.push(list, at, item.value);
      at = this.#spaces(item.end);
      if (this.#text[at] === "]") return { value: list, end: at + 1 };
      if (this.#text[at] !== ",") throw GIVE_UP;
      at = this.#spaces(at + 1);
    }
  }

  #flowMap(start: number, standing: Standing): { readonly value: Record<string, unknown>; readonly end: number } {
    const map = this.#builder.map(start);
    let at = this.#spaces(start + 1);
    if (this.#text[at] === "}") return { value: map, end: at + 1 };
    for (;;) {
      const keyAt = at;
      const match = /^(?:"([^"\\]*)"|'([^']*)'|([A-Za-z_][\w.-]*)): +/.exec(
        this.#text.slice(at, Math.min(this.#end, at + 200)),
      );
      const key = match?.[1] ?? match?.[2] ?? match?.[3];
      if (!match || key === undefined || WORDS.has(key) || Object.hasOwn(map, key) || key === "<<") throw GIVE_UP;
      at += match[0].length;
      const item = this.#flow(at, standingUnder(standing, key));
      this.#builder.put(map, key, keyAt, item.value === null ? keyAt : at, item.value);
      at = this.#spaces(item.end);
      if (this.#text[at] === "}") return { value: map, end: at + 1 };
      if (this.#text[at] !== ",") throw GIVE_UP;
      at = this.#spaces(at + 1);
    }
  }
}
