/** Addresses as `host=db port=5432 …`, in libpq's grammar (PostgreSQL's manual, 34.1.1.1). */
import { checkName } from "./parameters.ts";
import { badAddress, parameterCollector, type Parameters } from "./refusal.ts";

const FORM =
  "The forms are postgresql://user:password@host:5432/name and host=db port=5432 user=name; a value with blanks is quoted with single quotes";

/** Reads keywords and values; throws FP402, which repeats no value. */
export function parseKeywordValue(text: string, source: string): Parameters {
  const { parameters, add } = parameterCollector(source);
  const pair = /\s*([^\s=]+)\s*=\s*('(?:[^'\\]|\\.)*'(?=\s|$)|(?!')(?:[^\s\\]|\\.)*)\s*/sy;
  let afterPassword = false;
  for (let at = 0; at < text.length;) {
    pair.lastIndex = at;
    const match = pair.exec(text);
    const [whole, name, value] = match ?? [];
    if (whole === undefined || name === undefined || value === undefined) {
      throw badAddress(
        source,
        "it is neither a URL nor a list of keywords and values",
        FORM,
      );
    }
    checkName(name, source, afterPassword);
    add(name, (value.startsWith("'") ? value.slice(1, -1) : value).replace(/\\(.)/gs, "$1"));
    if (name === "password") afterPassword = true;
    at = pair.lastIndex;
  }
  return parameters;
}
