/**
 * What SDK endpoints answered, compared with a recording of it (`tests/data/recordings/README.md`, "SDK results"): lists
 * are put into the recording's order, and a symbol stands for any value of its form.
 */
import type { Json } from "../../tests/support/dump.ts";

/** One request of a recording. */
export interface RecordedRequest {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Which key of the environment is sent. */
  readonly key: "client" | "server";
  readonly body?: Json;
  readonly status: number;
  readonly response: Json;
}

/** The answers of one environment. */
export interface SdkRecording {
  readonly organisation: string;
  readonly project: string;
  readonly environment: string;
  readonly requests: readonly RecordedRequest[];
}

/** A list of objects is sorted by the first of these that its members have; rules and conditions have none. */
const ORDER: readonly ((member: JsonObject) => Json | undefined)[] = [
  (member) => isObject(member["feature"]) ? member["feature"]["name"] : undefined,
  (member) => member["trait_key"],
  (member) => member["identifier"],
  (member) => member["name"],
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)$/;

type JsonObject = { readonly [key: string]: Json };

/**
 * Each place where `actual` is not what the recording says, as `path: wanted …, got …`; empty when there is none.
 * `clientKey` is the client key of the environment that was asked.
 */
export function differences(expected: Json, actual: Json, clientKey: string): readonly string[] {
  const found: string[] = [];
  compare(inOrder(expected), inOrder(actual), "", clientKey, found);
  return found;
}

function compare(expected: Json, actual: Json, path: string, clientKey: string, found: string[]): void {
  if (typeof expected === "string" && expected.startsWith("$")) {
    if (!stands(expected, actual, clientKey)) found.push(difference(path, expected, actual));
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      found.push(`${path}: wanted ${expected.length} members, got ${actual.length}`);
      return;
    }
    expected.forEach((member, at) => compare(member, actual[at] ?? null, `${path}[${at}]`, clientKey, found));
  } else if (isObject(expected) && isObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const [wanted, got] = [expected[key], actual[key]];
      const at = path === "" ? key : `${path}.${key}`;
      if (wanted === undefined) found.push(`${at}: wanted nothing, got ${JSON.stringify(got)}`);
      else if (got === undefined) found.push(`${at}: wanted ${JSON.stringify(wanted)}, got nothing`);
      else compare(wanted, got, at, clientKey, found);
    }
  } else if (expected !== actual) {
    found.push(difference(path, expected, actual));
  }
}

/** Whether a value is of the form that the symbol stands for. */
function stands(symbol: string, actual: Json, clientKey: string): boolean {
  if (symbol.startsWith("$client_key")) return actual === clientKey + symbol.slice("$client_key".length);
  switch (symbol) {
    case "$id":
      return Number.isInteger(actual) && Number(actual) > 0;
    case "$uuid":
      return typeof actual === "string" && UUID.test(actual);
    case "$time":
      return typeof actual === "string" && TIME.test(actual);
    default:
      throw new Error(`The recording holds an unknown symbol: ${symbol}`);
  }
}

/** The value with its lists sorted as the recordings sort them. */
function inOrder(value: Json): Json {
  if (Array.isArray(value)) {
    const members = value.map(inOrder);
    const keyOf = ORDER.find((key) =>
      members.every((member) => isObject(member) && typeof key(member) === "string")
    );
    if (keyOf === undefined) return members;
    const text = (member: Json) => isObject(member) ? String(keyOf(member)) : "";
    return members.sort((a, b) => text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inOrder(member)]));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function difference(path: string, expected: Json, actual: Json): string {
  return `${path || "answer"}: wanted ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}
