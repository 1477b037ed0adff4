/** What a column would not keep of a text: PostgreSQL rounds and cuts some values without a word. Pure. */

/** The base of a type, what is in its parentheses, and what follows them: `timestamp`, 3, ` with time zone`. */
const SIZED = /^([a-z ]+?)\((\d+)(?:,(-?\d+))?\)(.*)$/;

/** How many digits of a second PostgreSQL keeps. */
const MICROSECONDS = 6;

/**
 * What is wrong, as the end of a sentence; undefined when all of the text is kept. `type` is what `format_type` prints with a
 * length. What is no value of the type is left to PostgreSQL.
 */
export function lostIn(text: string, type: string): string | undefined {
  if (type.endsWith("[]")) return lostInElements(text, type.slice(0, -2));
  const [, before, first, second, after = ""] = SIZED.exec(type) ?? [];
  const base = before === undefined ? type : `${before}${after}`;
  const size = first === undefined ? undefined : Number(first);
  switch (base) {
    case "character":
    case "character varying": {
      // Blanks at the end of `character` count for nothing.
      const kept = base === "character" ? text.replace(/ +$/, "") : text;
      return size !== undefined && [...kept].length > size ? `takes ${size} characters at most` : undefined;
    }
    case "bit":
      return size !== undefined && /^[01]*$/.test(text) && text.length !== size
        ? `takes exactly ${size} bits`
        : undefined;
    case "bit varying":
      return size !== undefined && /^[01]*$/.test(text) && text.length > size
        ? `takes ${size} bits at most`
        : undefined;
    case "numeric":
      return size === undefined ? undefined : lostDigits(text, size, Number(second ?? 0));
    case "money":
      return lostDigits(text, 18, 2);
    case "double precision":
      return keepsNumber(text, 17, Number) ? undefined : "keeps about 15 digits";
    case "real":
      return keepsNumber(text, 9, (digits) => Math.fround(Number(digits)))
        ? undefined
        : "keeps about 6 digits";
    case "name":
      return new TextEncoder().encode(text).length > 63 ? "takes 63 bytes at most" : undefined;
    case '"char"':
      return new TextEncoder().encode(text).length > 1 ? "takes one byte at most" : undefined;
    case "date":
      return /\d[T ]+\d/.test(text) ? "takes a date without a time" : undefined;
    case "timestamp without time zone":
      return /:\d\d(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)*)$/i.test(text)
        ? "takes a time without an offset"
        : lostFraction(text, size ?? MICROSECONDS);
    case "timestamp with time zone":
    case "time without time zone":
    case "time with time zone":
    case "interval":
      return lostFraction(text, size ?? MICROSECONDS);
    default:
      return undefined;
  }
}

/** The elements of an array in the form that needs no quotes; others are left to what is read after writing. */
function lostInElements(text: string, element: string): string | undefined {
  const bare = /^\{([^{}"\\]*)\}$/.exec(text.trim())?.[1];
  const lost = bare?.split(",").map((part) => lostIn(part.trim(), element)).find((problem) =>
    problem !== undefined
  );
  return lost === undefined ? undefined : `holds elements of ${element}; an element ${lost}`;
}

/** True when a float that is printed with as few digits as tell it from others is the number that was written. */
function keepsNumber(text: string, most: number, rounded: (digits: string) => number): boolean {
  const value = rounded(text);
  if (!Number.isFinite(value)) return true;
  for (let digits = 1; digits <= most; digits++) {
    const shown = value.toPrecision(digits);
    if (rounded(shown) === value) return decimal(shown) === decimal(text);
  }
  return decimal(String(value)) === decimal(text);
}

/** Digits and the place of the point: the same text for the same number. */
function decimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d{1,4}))?$/.exec(text.trim()) ?? [];
  const digits = `${whole}${fraction}`;
  const kept = digits.replace(/^0+/, "");
  const point = whole.length + Number(exponent) - (digits.length - kept.length);
  return kept.replace(/0+$/, "") === ""
    ? "0"
    : `${sign === "-" ? "-" : ""}${kept.replace(/0+$/, "")}e${point}`;
}

function lostDigits(text: string, precision: number, scale: number): string | undefined {
  const [, whole, fraction = "", exponent = "0"] = /^[-+]?(\d*)\.?(\d*)(?:[eE]([-+]?\d{1,4}))?$/.exec(text) ??
    [];
  if (whole === undefined) return undefined;
  const digits = (whole + fraction).replace(/0+$/, "");
  const point = whole.length + Number(exponent);
  const after = Math.max(0, digits.length - point);
  const before = Math.max(0, point - (/^0*/.exec(digits)?.[0].length ?? 0));
  if (digits.replace(/^0+/, "") === "") return undefined;
  if (after > Math.max(scale, 0)) return `keeps ${Math.max(scale, 0)} digits behind the point`;
  return before > precision - scale
    ? `takes ${precision - scale} digits in front of the point at most`
    : undefined;
}

function lostFraction(text: string, kept: number): string | undefined {
  const [, fraction = ""] = /:\d\d\.(\d+)/.exec(text) ?? /\.(\d+) ?s/i.exec(text) ?? [];
  return fraction.replace(/0+$/, "").length > kept ? `keeps ${kept} digits of a second` : undefined;
}
