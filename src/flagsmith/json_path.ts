/** JSONPath as RFC 9535 defines it, as far as Flagsmith asks: whether a text is one, and which flag it is about. */
import { lookup } from "../diagnostics/lookup.ts";

/** One segment of a path, as far as a reader of names needs it. */
interface Segment {
  /** True for `..`. */
  readonly descendant: boolean;
  /** The only selector's name; undefined for any other selector, and for several. */
  readonly name: string | undefined;
}

/**
 * The flag whose evaluation a property of a condition asks for: `checkout` of `$.flags.checkout.enabled` and of
 * `$.flags["checkout"].value`; undefined for an ordinary property. Only paths that begin with these very characters
 * count, are well-formed, and name one flag.
 */
export function flagOfProperty(property: string): string | undefined {
  if (!property.startsWith("$.flags")) return undefined;
  const [root, flag] = parsePath(property) ?? [];
  if (root === undefined || root.descendant || root.name !== "flags") return undefined;
  return flag === undefined || flag.descendant ? undefined : flag.name;
}

/** The segments of a path; undefined when the text is not well-formed. */
export function parsePath(text: string): readonly Segment[] | undefined {
  try {
    const reader = new Reader(text);
    reader.take("$");
    const segments = reader.segments();
    return reader.atEnd ? segments : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

/** Result types of RFC 9535's functions and the types of their parameters. */
const FUNCTIONS: Readonly<
  Record<string, { readonly takes: readonly ("value" | "nodes")[]; readonly gives: "value" | "logical" }>
> = lookup({
  length: { takes: ["value"], gives: "value" },
  count: { takes: ["nodes"], gives: "value" },
  value: { takes: ["nodes"], gives: "value" },
  match: { takes: ["value", "value"], gives: "logical" },
  search: { takes: ["value", "value"], gives: "logical" },
});

/** What an operand of a filter is. */
type Operand = "literal" | "singular" | "nodes" | "value" | "logical";

const NAME_FIRST = /[A-Za-z_\u0080-\ud7ff\ue000-\uffff]|[\ud800-\udbff][\udc00-\udfff]/y;
const NAME_CHAR = /[A-Za-z_0-9\u0080-\ud7ff\ue000-\uffff]|[\ud800-\udbff][\udc00-\udfff]/y;
const INTEGER = /0|-?[1-9][0-9]*/y;
const NUMBER = /(?:-?0|-?[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const BLANKS = /[ \t\n\r]*/y;

class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  take(token: string): void {
    if (!this.#skip(token)) throw new Malformed();
  }

  segments(): Segment[] {
    const found: Segment[] = [];
    for (;;) {
      const before = this.#at;
      this.#blanks();
      if (this.#skip("..")) found.push({ ...this.#selectorsAfterDots(), descendant: true });
      else if (this.#skip(".")) found.push({ name: this.#shorthand(), descendant: false });
      else if (this.#skip("[")) found.push({ name: this.#bracketed(), descendant: false });
      else {
        this.#at = before;
        return found;
      }
    }
  }

  #skip(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #blanks(): void {
    this.#match(BLANKS);
  }

  #selectorsAfterDots(): { readonly name: string | undefined } {
    return { name: this.#skip("[") ? this.#bracketed() : this.#shorthand() };
  }

  /** A name without quotes, or a wildcard. */
  #shorthand(): string | undefined {
    if (this.#skip("*")) return undefined;
    let name = this.#match(NAME_FIRST);
    if (name === undefined) throw new Malformed();
    for (let more = this.#match(NAME_CHAR); more !== undefined; more = this.#match(NAME_CHAR)) name += more;
    return name;
  }

  /** Selectors up to the closing bracket; the name of the only one. */
  #bracketed(): string | undefined {
    const names: (string | undefined)[] = [];
    do {
      this.#blanks();
      names.push(this.#selector());
      this.#blanks();
    } while (this.#skip(","));
    this.take("]");
    return names.length === 1 ? names[0] : undefined;
  }

  #selector(): string | undefined {
    const name = this.#string();
    if (name !== undefined) return name;
    if (this.#skip("*")) return undefined;
    if (this.#skip("?")) {
      this.#blanks();
      this.#logical();
      return undefined;
    }
    const first = this.#integer();
    const before = this.#at;
    this.#blanks();
    if (!this.#skip(":")) {
      if (first === undefined) throw new Malformed();
      this.#at = before;
      return undefined;
    }
    this.#blanks();
    this.#integer();
    const end = this.#at;
    this.#blanks();
    if (!this.#skip(":")) this.#at = end;
    else {
      this.#blanks();
      this.#integer();
    }
    return undefined;
  }

  #integer(): number | undefined {
    const text = this.#match(INTEGER);
    if (text === undefined) return undefined;
    if (!Number.isSafeInteger(Number(text))) throw new Malformed();
    return Number(text);
  }

  #string(): string | undefined {
    const quote = this.#skip('"') ? '"' : this.#skip("'") ? "'" : undefined;
    if (quote === undefined) return undefined;
    for (let text = "";;) {
      const character = this.#text[this.#at++];
      if (character === undefined || character < " ") throw new Malformed();
      if (character === quote) return text;
      text += character === "\\" ? this.#escaped(quote) : character;
    }
  }

  #escaped(quote: string): string {
    const character = this.#text[this.#at++] ?? "";
    if (character === quote) return quote;
    const plain: Readonly<Record<string, string>> = {
      b: "\b",
      f: "\f",
      n: "\n",
      r: "\r",
      t: "\t",
      "/": "/",
      "\\": "\\",
    };
    const known = plain[character];
    if (known !== undefined) return known;
    const unit = character === "u" ? this.#hex() : undefined;
    if (unit === undefined || isLow(unit)) throw new Malformed();
    if (!isHigh(unit)) return String.fromCharCode(unit);
    this.take("\\u");
    const low = this.#hex();
    if (!isLow(low)) throw new Malformed();
    return String.fromCharCode(unit, low);
  }

  #hex(): number {
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw new Malformed();
    this.#at += 4;
    return parseInt(digits, 16);
  }

  #logical(): void {
    do {
      do {
        this.#blanks();
        this.#basic();
        this.#blanks();
      } while (this.#skip("&&"));
    } while (this.#skip("||"));
  }

  #basic(): void {
    const negated = this.#skip("!");
    this.#blanks();
    if (this.#skip("(")) {
      this.#logical();
      this.take(")");
      return;
    }
    const left = this.#operand();
    const before = this.#at;
    this.#blanks();
    const compares = ["==", "!=", "<=", ">=", "<", ">"].some((operator) => this.#skip(operator));
    if (!compares) {
      this.#at = before;
      // A test: something exists, or a function says so.
      if (left === "literal" || left === "value") throw new Malformed();
      return;
    }
    this.#blanks();
    const comparable: readonly Operand[] = ["literal", "singular", "value"];
    if (negated || !comparable.includes(left) || !comparable.includes(this.#operand())) throw new Malformed();
  }

  #operand(): Operand {
    if (this.#string() !== undefined) return "literal";
    if (this.#skip("@") || this.#skip("$")) return this.#query();
    if (this.#match(NUMBER) !== undefined) return "literal";
    const word = this.#match(/[a-z][a-z_0-9]*/y);
    if (word === undefined) throw new Malformed();
    if (!this.#skip("(")) {
      if (["true", "false", "null"].includes(word)) return "literal";
      throw new Malformed();
    }
    return this.#call(word);
  }

  /** A query inside of a filter; one that can give a single node only may be compared. */
  #query(): Operand {
    const start = this.#at;
    const segments = this.segments();
    const text = this.#text.slice(start, this.#at);
    const single = segments.every(({ descendant, name }) =>
      !descendant && (name !== undefined || /\[\s*-?[0-9]+\s*\]/.test(text))
    );
    return single && !/[*:?,]/.test(text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ""))
      ? "singular"
      : "nodes";
  }

  #call(word: string): Operand {
    const known = FUNCTIONS[word];
    if (known === undefined) throw new Malformed();
    for (const [at, takes] of known.takes.entries()) {
      this.#blanks();
      const operand = this.#operand();
      const fits = takes === "nodes"
        ? operand === "nodes" || operand === "singular"
        : operand !== "nodes" && operand !== "logical";
      if (!fits) throw new Malformed();
      this.#blanks();
      if (at < known.takes.length - 1) this.take(",");
    }
    this.take(")");
    return known.gives;
  }
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
