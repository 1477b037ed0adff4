/** What new rows hold in columns that the program does not know and that the database does not fill. */

/** Functions of the application that the program has, too, by their names in Python. */
export type FillCall =
  | "now"
  | "uuid4"
  | "generate_client_api_key"
  | "generate_server_api_key"
  | "create_hash";

/** A value for all rows, as text that PostgreSQL reads, or a function that makes one for each row. */
export type FillValue =
  | { readonly kind: "constant"; readonly text: string }
  | { readonly kind: "call"; readonly name: FillCall };

/** One column that new rows fill. */
export interface ColumnFill {
  readonly table: string;
  readonly column: string;
  /** The column's type, as `format_type` prints it without a length. */
  readonly type: string;
  readonly value: FillValue;
  /** The option that the value comes from, and for a file the release that printed it. */
  readonly from: string;
}

/** Fills by table. */
export type ColumnFills = ReadonlyMap<string, readonly ColumnFill[]>;

/** Which types a function makes values for; `type` is without a length. */
export function callFits(call: FillCall, type: string): boolean {
  const isText = /^(text|character|character varying|citext)$/.test(type);
  switch (call) {
    case "now":
      return /^(timestamp|date$)/.test(type);
    case "uuid4":
      return type === "uuid" || isText;
    case "generate_client_api_key":
    case "generate_server_api_key":
    case "create_hash":
      return isText;
  }
}

/** The function of a name; undefined for one that the program does not have. */
export function fillCall(name: string): FillCall | undefined {
  switch (name) {
    case "now":
    case "uuid4":
    case "generate_client_api_key":
    case "generate_server_api_key":
    case "create_hash":
      return name;
    default:
      return undefined;
  }
}

/** A fill as JSON: for the log, a plan, and programs. */
export function fillJson({ type, value, from }: ColumnFill): Readonly<Record<string, unknown>> {
  return {
    ...(value.kind === "call" ? { call: value.name } : { value: constantJson(value.text, type) }),
    from,
  };
}

/** Fills for programs: `table.column` → value or call, and where it comes from. */
export function fillsJson(fills: readonly ColumnFill[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fills.map((fill) => [`${fill.table}.${fill.column}`, fillJson(fill)]));
}

/** A constant in words: `true`, `"free"`, `{"a": 1}`. */
export function fillWords({ type, value }: ColumnFill): string {
  if (value.kind === "call") return `${value.name}()`;
  const json = constantJson(value.text, type);
  return typeof json === "object" && json !== null ? value.text : JSON.stringify(json);
}

function constantJson(text: string, type: string): unknown {
  if (type === "boolean") return text === "true";
  if (/^(smallint|integer)$/.test(type)) return Number(text);
  return /^jsonb?$/.test(type) ? JSON.parse(text) : text;
}
