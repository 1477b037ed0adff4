/** Typed values of states, options and traits as the format writes them. */
import type { Row } from "../flagsmith/cell.ts";
import { float, plain, text, type Tree } from "./value_tree.ts";

/**
 * The value of a state or an option. The column `type` decides which of the others counts
 * (`docs/flagsmith/features-and-states.md#typing-of-values`), also when older values have stayed behind in them; a
 * missing row is no value. Undefined for a type that the format does not know.
 */
export function valueTree(row: Row | undefined): Tree | undefined {
  const type = row?.["type"] ?? "unicode";
  switch (type) {
    case "int":
      return scalar(row?.["integer_value"]);
    case "bool":
      return scalar(row?.["boolean_value"]);
    case "unicode":
      return scalar(row?.["string_value"]);
    default:
      return undefined;
  }
}

function scalar(value: Row[string] | undefined): Tree {
  return typeof value === "string"
    ? text(value)
    : typeof value === "number" || typeof value === "boolean"
    ? plain(value)
    : plain(null);
}

/** The value of a trait; undefined when it has none, or one that YAML has no number for. */
export function traitTree(row: Row): Tree | undefined {
  switch (row["value_type"] ?? "unicode") {
    case "int":
      return filled(row["integer_value"]);
    case "bool":
      return filled(row["boolean_value"]);
    case "float": {
      const value = row["float_value"];
      return typeof value === "number" ? float(value) : undefined;
    }
    case "unicode":
      return filled(row["string_value"]);
    default:
      return undefined;
  }
}

function filled(value: Row[string] | undefined): Tree | undefined {
  return value === null || value === undefined ? undefined : scalar(value);
}
