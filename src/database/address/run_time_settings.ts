/** Settings of the server that an address asks for: `options=-c search_path=…` and `currentSchema`. */
import { badAddress, type Parameters } from "./refusal.ts";

/** A setting by name and value; both come from the address. */
export type RunTimeSetting = readonly [name: string, value: string];

const NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?$/;

/**
 * The settings in the order in which they are made. PostgreSQL reads them when a connection starts; a pooler refuses such a
 * start or shares the connection, so that each transaction makes them for itself. Throws FP402 for command line options
 * other than settings.
 */
export function runTimeSettings(parameters: Parameters, source: string): readonly RunTimeSetting[] {
  const settings: RunTimeSetting[] = [];
  const words = splitOptions(parameters.get("options") ?? "");
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const text = word === "-c" ? words[++i] ?? "" : /^(?:-c|--)(.*)$/s.exec(word)?.[1] ?? "";
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(equals, 0)).replaceAll("-", "_");
    if (!NAME.test(name)) {
      throw badAddress(
        source,
        "its options hold something else than settings",
        "The form is options=-c search_path=flagsmith, percent-encoded in a URL: options=-c%20search_path%3Dflagsmith",
      );
    }
    settings.push([name.toLowerCase(), text.slice(equals + 1)]);
  }
  const schema = parameters.get("currentSchema");
  const path = settings.findLast(([name]) => name === "search_path")?.[1];
  if (schema !== undefined && path !== undefined && schema !== path) {
    throw badAddress(
      source,
      "currentSchema and the search_path of its options differ",
      "Give one of the two",
    );
  }
  if (schema !== undefined && path === undefined) settings.push(["search_path", schema]);
  return settings;
}

/** Words as the server splits them: at white space that no backslash stands before. */
function splitOptions(text: string): readonly string[] {
  return [...text.matchAll(/(?:\\.|[^\s\\])+/gs)].map(([word]) => word.replace(/\\(.)/gs, "$1"));
}
