/** `--column-default` and `--column-defaults`: from the command line and a file to what they say. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { safeJson } from "../diagnostics/shield.ts";
import type { ColumnDefaults, ColumnDefaultsFile } from "../snapshot/column_defaults.ts";
import type { Io } from "./io.ts";

/** Options of commands that write rows of the application. */
export interface ColumnOptions {
  /** `TABLE.COLUMN=VALUE`, each of the form that `parseColumnDefault` takes. */
  readonly columnDefault: readonly string[];
  /** Path of the file. */
  readonly columnDefaults?: string | undefined;
}

/** Options of commands that remove rows. */
export interface LinkOptions {
  /** `TABLE.COLUMN`, each. */
  readonly unlink: readonly string[];
  readonly cascadeThrough: readonly string[];
}

/** Reads both; throws with exit code 64 when the file cannot be read or is not of its form. */
export async function readColumnDefaults(options: ColumnOptions, io: Io): Promise<ColumnDefaults> {
  return {
    options: options.columnDefault.map((option) => {
      const [, table = "", column = "", text = ""] = /^([^.=]+)\.([^.=]+)=(.*)$/s.exec(option) ?? [];
      return { table, column, text };
    }),
    file: options.columnDefaults === undefined ? undefined : await readFile(options.columnDefaults, io),
  };
}

async function readFile(path: string, io: Io): Promise<ColumnDefaultsFile> {
  const notOne = (why: string): ProvisionError =>
    new ProvisionError(
      "FP434",
      EXIT.usage,
      `The file ${safeJson(path)} of --column-defaults ${why}`,
      'The application prints it: {"release": "2.280.0", "columns": {"table.column": true, "table.other": {"call": "now"}}}. Nothing was changed',
    );
  let text: string;
  try {
    text = await io.readTextFile(path);
  } catch {
    throw notOne("cannot be read");
  }
  let read: unknown;
  try {
    read = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw notOne("is not JSON");
  }
  if (!isObject(read)) throw notOne("is not an object");
  const { columns, release } = read;
  if (!isObject(columns)) throw notOne('has no object "columns"');
  if (release !== undefined && release !== null && typeof release !== "string") {
    throw notOne('has a "release" that is not text');
  }
  const odd = Object.keys(columns).find((name) => !/^[^.]+\.[^.]+$/.test(name));
  if (odd !== undefined) throw notOne(`has the column ${safeJson(odd)}, which is not table.column`);
  return {
    path,
    release: typeof release === "string" ? release : undefined,
    columns: new Map(Object.entries(columns)),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
