/** Documents → declarations: the root of each document. */
import { appendAll } from "../diagnostics/append_all.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { placeOf, type Span } from "../diagnostics/source_file.ts";
import { bool, freeText, line, mapping, optional } from "../kinds/fields.ts";
import { isDomain } from "../flagsmith/site_url.ts";
import { ALL_SPECS, KIND_NAMES } from "../kinds/specs.ts";
import { type Policy } from "../kinds/kind.ts";
import { child, type MapEntry, type MapNode, type Node, type SourceDocument } from "../source/node.ts";
import type { Declarations } from "./declaration.ts";
import { reportIssues, toPlain } from "./issues.ts";
import { maskSecretValues } from "./mask.ts";
import { checkOutputNames, readOutputValues } from "./outputs.ts";
import { basePolicy, readPolicy } from "./policy.ts";
import { readRawRows } from "./raw_rows.ts";
import { type Reading, readLeaf } from "./reading.ts";
import { reportUnknownKey } from "../source/unknown_key.ts";
import { readList } from "./items.ts";
import { holdsItems, withMeantKeys } from "./mend.ts";

/** The one version of the format. */
export const FORMAT_VERSION = "1.0";

/** Options that the command line sets for every entity that does not say otherwise. */
export interface ReadOptions {
  readonly onExists: Policy["onExists"];
}

const A_DOCUMENT = "a provisioning document";
const ROOT_KEYS = ["version", "app_domain", "defaults", "message", "outputs", "reset", "rows"];
const resetSchema = mapping({
  take_over: optional(
    bool(
      "Each user and organisation of this document goes first, whoever made it; else only what this tool made",
    ),
  ),
});
const domainSchema = line({ max: 100, identity: true });
const messageSchema = freeText({ identity: true });

/** Reads all documents; every independent mistake is in `diagnostics` afterwards. */
export function readDocuments(
  documents: readonly SourceDocument[],
  options: ReadOptions,
  diagnostics: Diagnostics,
): Declarations {
  const reading: Reading = {
    diagnostics,
    entities: [],
    undeclared: [],
    domains: [],
    messages: [],
    rows: [],
    outputs: [],
  };
  for (const document of documents) readDocument(document, options, reading);
  for (const other of reading.domains.slice(1)) {
    const first = reading.domains[0];
    if (first !== undefined && first.domain !== other.domain) {
      diagnostics.add(
        "FP202",
        other.span,
        `"app_domain" is "${other.domain}" here and "${first.domain}" elsewhere`,
        placeHint(first.span),
      );
    }
  }
  checkOutputNames(reading.entities, reading.outputs, diagnostics);
  return {
    entities: reading.entities,
    undeclared: reading.undeclared,
    domain: reading.domains[0],
    messages: reading.messages,
    outputs: reading.outputs,
    rows: reading.rows,
    files: [...new Set(documents.map((d) => d.file.name))],
  };
}

function placeHint(span: Span): string {
  return `The other one is at ${placeOf(span)}`;
}

function readDocument(document: SourceDocument, options: ReadOptions, reading: Reading): void {
  const { diagnostics } = reading;
  let { root } = document;
  maskSecretValues(root, diagnostics);
  if (isFeatureExport(root)) {
    diagnostics.markIncomplete();
    diagnostics.add(
      "FP104",
      root.span,
      "This is a feature export of Flagsmith's dashboard, and no provisioning document",
      "Import it in the dashboard of the other instance (project settings, Import); or write the whole organisation as a provisioning document with: flagsmith-provision export --organisation NAME",
    );
    return;
  }
  if (root.kind !== "map") {
    diagnostics.markIncomplete();
    diagnostics.add(
      "FP104",
      root.span,
      "A provisioning document is a mapping",
      `It begins with version: '${FORMAT_VERSION}'`,
    );
    return;
  }
  const lists = Map.groupBy(
    KIND_NAMES.filter((kind) => ALL_SPECS[kind].list !== undefined),
    (kind) => ALL_SPECS[kind].list ?? "",
  );
  const known = [...ROOT_KEYS, ...lists.keys()];
  root = withMeantKeys(root, known, A_DOCUMENT, diagnostics);
  readVersion(root, diagnostics);
  const takeOver = readReset(root, diagnostics);
  const defaults = readPolicy(
    child(root, "defaults"),
    { ...basePolicy(options.onExists), takeOver },
    diagnostics,
  );
  for (const entry of root.entries) {
    const kinds = lists.get(entry.key);
    if (kinds !== undefined) readList(kinds, entry, undefined, defaults, reading);
    else if (entry.key === "rows") appendAll(reading.rows, readRawRows(entry, defaults, diagnostics));
    else if (entry.key === "app_domain") readDomain(entry, defaults, reading);
    else if (entry.key === "outputs") appendAll(reading.outputs, readOutputValues(entry, diagnostics));
    else if (entry.key === "message") {
      const message = readLeaf(messageSchema, entry, diagnostics);
      if (message !== undefined) reading.messages.push(message);
    } else if (!ROOT_KEYS.includes(entry.key)) {
      reportUnknownKey(entry, A_DOCUMENT, () => didYouMean(entry.key, known), diagnostics);
      if (holdsItems(entry.value)) diagnostics.markIncomplete();
    }
  }
}

/** True for the JSON that the dashboard exports the features of an environment as: a list of flags with their states. */
function isFeatureExport(root: Node): boolean {
  if (root.kind !== "sequence" || root.items.length === 0) return false;
  const marks = ["default_enabled", "initial_value", "is_server_key_only", "multivariate"];
  return root.items.every((item) =>
    item.kind === "map" && child(item, "name") !== undefined &&
    marks.some((key) => child(item, key) !== undefined)
  );
}

function readVersion(root: MapNode, diagnostics: Diagnostics): void {
  const version = child(root, "version");
  if (version === undefined) {
    if (root.incomplete === true) return;
    diagnostics.add(
      "FP101",
      root.span,
      '"version" is missing',
      `Write version: '${FORMAT_VERSION}' at the top of each document`,
    );
  } else if (version.mocked === true) {
    return;
  } else if (version.kind !== "scalar" || version.text !== FORMAT_VERSION) {
    const shown = version.kind === "scalar" && !version.secret ? ` "${version.text}"` : "";
    diagnostics.add(
      "FP101",
      version.span,
      `Version${shown} is not supported`,
      `This release reads version '${FORMAT_VERSION}'`,
    );
  }
}

/** What `reset` does with the document: true when it takes over what others created (`docs/cli.md#reset`). */
function readReset(root: MapNode, diagnostics: Diagnostics): boolean {
  const entry = root.entries.find((e) => e.key === "reset");
  if (entry === undefined) return false;
  const result = resetSchema.safeParse(toPlain(entry.value));
  if (result.success) return result.data.take_over ?? false;
  reportIssues(
    result.error.issues,
    { node: entry.value, label: "reset", isKey: true, known: [], schema: resetSchema },
    diagnostics,
  );
  return false;
}

function readDomain(entry: MapEntry, policy: Policy, reading: Reading): void {
  const domain = readLeaf(domainSchema, entry, reading.diagnostics);
  if (domain === undefined) return;
  if (!isDomain(domain)) {
    const { variables = [] } = entry.value.kind === "scalar" ? entry.value : {};
    const from = variables.length === 0 ? "" : ` (from variable ${variables.join(", ")})`;
    reading.diagnostics.add(
      "FP111",
      entry.value.span,
      `"app_domain"${from} is a host name with an optional port`,
      "Without scheme, path and white space, as in flagsmith.example.com",
    );
    return;
  }
  reading.domains.push({ domain, span: entry.value.span, policy });
}
