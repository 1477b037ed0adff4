/** Mistakes in the input, as values: collected, sorted and shown together, never thrown. */
import { type Code, CODES, type Severity } from "./codes.ts";

export type { Severity } from "./codes.ts";
import type { Span } from "./source_file.ts";

/** One finding. The message begins with a capital, has no full stop and never holds a secret. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  /** Where; a finding about the whole input (an empty directory, say) has none. */
  readonly span?: Span | undefined;
  /** What to do about it, one or two sentences. */
  readonly hint?: string | undefined;
}

/** What a finding with this code needs to say where it is. */
type PlaceOf<C extends Code> = C extends PlacelessCode ? Span | undefined : Span;
/** Codes of findings that may be about no file: paths that are no file, and what an export found in the database. */
type PlacelessCode = "FP001" | "FP002" | "FP480" | Extract<Code, `FP44${string}`>;

/** Findings that get hints that take time. */
const HINTED = 1000;

/** Collects findings of one run, and knows which stretches of the sources must not be shown. */
export class Diagnostics {
  readonly #found: Diagnostic[] = [];
  readonly #known = new Set<string>();
  /** Where errors begin, ascending, by file. */
  readonly #errorsAt = new Map<string, number[]>();
  #errors = 0;
  readonly #masked: Span[] = [];
  readonly #files = new Map<string, number>();
  #incomplete = false;

  /** Adds a finding; its severity is the one of the code's entry in `CODES`. */
  add<C extends Code>(code: C, span: PlaceOf<C>, message: string, hint?: string): void {
    this.#add(code, span, message, hint);
  }

  #add(code: Code, span: Span | undefined, message: string, hint?: string): void {
    const place = span === undefined ? "" : `${span.start} ${span.file.name}`;
    const key = `${code} ${place}\0${message}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const { severity } = CODES[code];
    this.#found.push({ code, severity, message, span, hint });
    if (severity !== "error") return;
    this.#errors++;
    if (span === undefined) return;
    const starts = this.#errorsAt.get(span.file.name) ?? [];
    this.#errorsAt.set(span.file.name, starts);
    const at = firstFrom(starts, span.start);
    if (starts[at] !== span.start) starts.splice(at, 0, span.start);
  }

  /** Adds the findings of another collection, with its files and what must not be shown of them. */
  addAll(others: Diagnostics): void {
    for (const name of others.#files.keys()) this.reads(name);
    for (const span of others.#masked) this.mask(span);
    if (others.#incomplete) this.markIncomplete();
    for (const { code, span, message, hint } of others.sorted()) this.#add(code, span, message, hint);
  }

  /** True when an error begins within the stretch: what stands there is not worth a second complaint. */
  hasErrorIn({ file, start, end }: Span): boolean {
    const starts = this.#errorsAt.get(file.name) ?? [];
    const at = starts[firstFrom(starts, start)];
    return at !== undefined && at <= end;
  }

  /** Notes that a part of the input could not be read, and could have declared anything: nothing is called undeclared then. */
  markIncomplete(): void {
    this.#incomplete = true;
  }

  /** True when `markIncomplete` was called. */
  get isIncomplete(): boolean {
    return this.#incomplete;
  }

  /** Marks a stretch as secret: snippets show `••••` in its place. */
  mask(span: Span): void {
    this.#masked.push(span);
  }

  /** The stretches that snippets must not show. */
  get masked(): readonly Span[] {
    return this.#masked;
  }

  /** Notes the next file of the run; findings are shown in this order, also those of files that cannot be parsed. */
  reads(fileName: string): void {
    if (!this.#files.has(fileName)) this.#files.set(fileName, this.#files.size);
  }

  /** True when one of the findings is an error. */
  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** False after so many findings that nobody reads the hints of further ones: those that cost time are not looked for. */
  get wantsHints(): boolean {
    return this.#found.length < HINTED;
  }

  /** All findings: those without a place first, then in the order in which files were read, by place. */
  sorted(): Diagnostic[] {
    const rank = (d: Diagnostic) =>
      d.span === undefined ? -1 : this.#files.get(d.span.file.name) ?? this.#files.size;
    return [...this.#found].sort((a, b) =>
      rank(a) - rank(b) || compareText(a.span?.file.name ?? "", b.span?.file.name ?? "") ||
      (a.span?.start ?? 0) - (b.span?.start ?? 0) || compareText(a.code, b.code) ||
      compareText(a.message, b.message)
    );
  }
}

/** Index of the first number that is not less. */
function firstFrom(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
