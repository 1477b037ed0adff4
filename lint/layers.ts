/**
 * House rules that `deno lint` checks. The first one is the architecture: data flows one way, so a folder of `src/`
 * imports itself and what stands before it in `LAYERS`, be it a value, a type, a re-export or a dynamic import.
 *
 * Tests (`x_test.ts`) may import any layer, and nothing imports a test. Everything outside of `src/` is free of the
 * order, but `src/` must not reach out of itself (`deno.json` excepted: it knows the version).
 */
import { dirname, posix, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { FILES_WITH_OTHER_WORDS, isOutsideKinds, kindFolders, namesKind } from "./kind_names.ts";
import { constantPatterns, writtenFiles } from "./safe_calls.ts";

/**
 * The folders of `src/` in the order in which data flows through them. `flagsmith` stands right after `source`, and
 * not next to the database where one would look for it, because it holds pure facts (value typing, keys, password
 * forms, Django's idea of an e-mail address) that the specs of kinds check with; what needs a connection belongs into
 * `database` or later.
 */
export const LAYERS = [
  "diagnostics",
  "presets",
  "source",
  "flagsmith",
  "database",
  "kinds",
  "declarations",
  "graph",
  "log",
  "removal",
  "snapshot",
  "plan",
  "apply",
  "adopt",
  "teardown",
  "reset",
  "status",
  "export",
  "report",
  "serve",
  "cli",
] as const;

/** One entry of `LAYERS`. */
export type Layer = typeof LAYERS[number];

/** Which folders of `src/` may import a package; packages that are not listed are free. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  "postgres": ["database"],
  "yaml": ["source", "export"],
  "commander": ["cli"],
  "@commander-js/extra-typings": ["cli"],
};

/** The files that may import the package that statements are built with; all others build them with the tags of the first. */
const STATEMENT_FILES = ["src/database/statement.ts", "src/database/render.ts"];

/** Tables as types: what stands here is never loaded. */
const TABLES_FOLDER = "src/flagsmith/tables/";

/** What turns a text into a part of a statement, unquoted. */
const UNQUOTED = ["raw", "fromList", "StringChunk", "append"];

/** What makes a result depend on the machine or the moment; everyone else gets it passed in. */
const WORLD = ["Deno.env", "Date.now", "Math.random", "crypto.getRandomValues", "crypto.randomUUID"];
/** The one file that touches the standard streams. */
const STREAMS_FILE = "src/cli/streams.ts";

const WORLD_FOLDERS = ["cli", "flagsmith", "serve"];

/**
 * The layer of a file, by its path inside the project with forward slashes; undefined for a file outside of `src/` and
 * for a folder that has no place in `LAYERS` yet.
 */
export function layerOf(path: string): Layer | undefined {
  const [top, folder, ...rest] = path.split("/");
  if (top !== "src" || folder === undefined || rest.length === 0) return undefined;
  return LAYERS.find((layer) => layer === folder);
}

/** The rules, for a project whose files lie below `root` (an absolute directory) and whose kinds have these folders. */
export function layersPlugin(root: string, kinds: ReadonlySet<string>): Deno.lint.Plugin {
  const pathOf = (filename: string) => relative(root, resolve(root, filename)).split(sep).join("/");
  return {
    name: "layers",
    rules: {
      "import-order": { create: (context) => importOrder(context, pathOf(context.filename)) },
      "import-specifier": { create: (context) => importSpecifier(context) },
      "package-owner": { create: (context) => packageOwner(context, pathOf(context.filename)) },
      "statement-text": { create: (context) => statementText(context, pathOf(context.filename)) },
      "typed-tables": { create: (context) => typedTables(context, pathOf(context.filename)) },
      "injected-world": { create: (context) => injectedWorld(context, pathOf(context.filename)) },
      "standard-streams": { create: (context) => standardStreams(context, pathOf(context.filename)) },
      "no-spread-arguments": { create: (context) => noSpreadArguments(context, pathOf(context.filename)) },
      "kind-names": { create: (context) => kindNames(context, pathOf(context.filename), kinds) },
      "written-files": {
        create: (context) => inProgram(context, pathOf, (path) => writtenFiles(context, path)),
      },
      "constant-patterns": {
        create: (context) => inProgram(context, pathOf, () => constantPatterns(context)),
      },
      "words-in-report": { create: (context) => wordsInReport(context, pathOf(context.filename)) },
      "named-exports": { create: (context) => namedExports(context, pathOf(context.filename)) },
    },
  };
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The plugin as `deno.json` loads it: for the project that this file belongs to. */
export default layersPlugin(ROOT, kindFolders(ROOT));

/** Visits files of the program only: neither tests nor what lies outside of `src/`. */
function inProgram(
  context: Deno.lint.RuleContext,
  pathOf: (filename: string) => string,
  visit: (path: string) => Deno.lint.LintVisitor,
): Deno.lint.LintVisitor {
  const path = pathOf(context.filename);
  return path.startsWith("src/") && !isTest(path) ? visit(path) : {};
}

function importOrder(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/")) return {};
  const from = layerOf(path);
  if (from === undefined) {
    return {
      Program: (node) =>
        context.report({
          node,
          message: `"${path}" has no place in the order of folders`,
          hint: "Add the folder to LAYERS in lint/layers.ts, where data flows through it",
        }),
    };
  }
  if (isTest(path)) return {};
  return eachImport((specifier, node) => {
    if (!specifier.startsWith(".")) return;
    const target = posix.join(posix.dirname(path), specifier);
    if (target === "deno.json") return;
    const to = layerOf(target);
    if (isTest(target)) {
      context.report({ node, message: `"${path}" must not import the test "${target}"` });
    } else if (!target.startsWith("src/")) {
      context.report({ node, message: `"${path}" must not import "${target}", which is outside of src/` });
    } else if (to !== undefined && LAYERS.indexOf(to) > LAYERS.indexOf(from)) {
      context.report({
        node,
        message: `"${from}" must not import "${to}"`,
        hint: `Data flows one way: ${
          LAYERS.join(", ")
        }. Pass the value in, or move what both need to the earlier one`,
      });
    }
  });
}

function importSpecifier(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  return eachImport((specifier, node) => {
    if (/^(npm|jsr|https?):/.test(specifier)) {
      context.report({
        node,
        message: `"${specifier}" must not be imported by its address`,
        hint: 'Name the package under "imports" in deno.json and import that name',
      });
    } else if (specifier.startsWith(".") && !/\.(ts|json)$/.test(specifier)) {
      context.report({ node, message: `Relative import "${specifier}" must end in .ts` });
    }
  });
}

function packageOwner(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/") || isTest(path)) return {};
  const folder = path.split("/")[1] ?? "";
  return eachImport((specifier, node) => {
    const name = Object.keys(PACKAGE_OWNERS).find((n) => specifier === n || specifier.startsWith(`${n}/`));
    const owners = PACKAGE_OWNERS[name ?? ""];
    if (owners === undefined || owners.includes(folder)) return;
    context.report({
      node,
      message: `"${name}" must be imported in ${owners.map((o) => `src/${o}`).join(" and ")} only`,
    });
  });
}

/** Texts become parts of statements in one file only: what is not quoted there cannot be built anywhere else. */
function statementText(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/") || isTest(path) || path === "src/database/render.ts") return {};
  const imports = eachImport((specifier, node) => {
    if (!/^drizzle-orm(\/|$)/.test(specifier) || STATEMENT_FILES.includes(path)) return;
    if (path.startsWith(TABLES_FOLDER) && specifier === "drizzle-orm/pg-core") return;
    context.report({
      node,
      message: `"drizzle-orm" must be imported in ${STATEMENT_FILES.join(" and ")} only`,
      hint: "Build statements with the tags of src/database/statement.ts",
    });
  });
  if (path !== "src/database/statement.ts") return imports;
  return {
    ...imports,
    Identifier: (node) => {
      if (!UNQUOTED.includes(node.name)) return;
      context.report({
        node,
        message: `"${node.name}" must be used in src/database/render.ts only`,
        hint: "It makes text of a statement without quoting it",
      });
    },
  };
}

/** The live catalog says what tables have; drizzle's definitions of them would cost every start some milliseconds. */
function typedTables(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/") || isTest(path)) return {};
  const check = (node: Deno.lint.Node, specifier: unknown): void => {
    if (typeof specifier !== "string" || !specifier.startsWith(".")) return;
    if (!posix.join(posix.dirname(path), specifier).startsWith(TABLES_FOLDER)) return;
    context.report({ node, message: `"${TABLES_FOLDER}" must be imported with "import type" only` });
  };
  return {
    ImportDeclaration: (node) => {
      if (node.importKind !== "type") check(node, node.source.value);
    },
    ExportNamedDeclaration: (node) => {
      if (node.exportKind !== "type") check(node, node.source?.value);
    },
    ExportAllDeclaration: (node) => {
      if (node.exportKind !== "type") check(node, node.source.value);
    },
    ImportExpression: (node) => {
      if (node.source.type === "Literal") check(node, node.source.value);
    },
  };
}

function injectedWorld(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/") || isTest(path) || WORLD_FOLDERS.includes(path.split("/")[1] ?? "")) return {};
  const report = (node: Deno.lint.Node, what: string) =>
    context.report({
      node,
      message: `"${what}" must not be used here`,
      hint: "Take the clock, the environment and randomness as arguments; src/cli passes them in",
    });
  return {
    MemberExpression(node) {
      const text = context.sourceCode.getText(node).replaceAll(/\s|\?(?=\.)/g, "").replace(
        /^globalThis\./,
        "",
      );
      if (WORLD.includes(text)) report(node, text);
    },
    NewExpression(node) {
      const isClock = node.callee.type === "Identifier" && node.callee.name === "Date" &&
        node.arguments.length === 0;
      if (isClock) report(node, "new Date()");
    },
  };
}

/** Everything that leaves passes the one writer that never throws, and its text the escaping in `src/cli/main.ts`. */
function standardStreams(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/") || isTest(path) || path === STREAMS_FILE) return {};
  return {
    MemberExpression(node) {
      const text = context.sourceCode.getText(node).replaceAll(/\s|\?(?=\.)/g, "").replace(
        /^globalThis\./,
        "",
      );
      if (/^(?:Deno\.(?:stdout|stderr)|console\.\w+)$/.test(text)) {
        context.report({
          node,
          message: `"${text}" must not be used outside of ${STREAMS_FILE}`,
          hint: "Write through Io, which escapes what a stranger named and waits for slow readers",
        });
      }
      if (text === "JSON.stringify" && path.startsWith("src/cli/")) {
        context.report({
          node,
          message: '"JSON.stringify" must not be used in src/cli',
          hint: "Use safeJson()",
        });
      }
    },
  };
}

/** Each item would be an argument, and the stack holds only so many: a big input would end as a bug of the program. */
function noSpreadArguments(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/") || isTest(path)) return {};
  return {
    CallExpression(node) {
      const text = context.sourceCode.getText(node.callee);
      const many = /(?:^Math\.(?:max|min)|\.(?:push|unshift|splice|fromCodePoint))$/.test(text);
      if (many && node.arguments.some((argument) => argument.type === "SpreadElement")) {
        context.report({
          node,
          message: `"${text}(...)" must not be given a list of any length`,
          hint: "Use appendAll() or a loop",
        });
      }
    },
  };
}

function kindNames(
  context: Deno.lint.RuleContext,
  path: string,
  kinds: ReadonlySet<string>,
): Deno.lint.LintVisitor {
  if (!isOutsideKinds(path) || FILES_WITH_OTHER_WORDS.includes(path)) return {};
  return {
    Literal(node) {
      if (typeof node.value !== "string" || !namesKind(node.value, kinds)) return;
      context.report({
        node,
        message: `"${node.value}" names a kind outside of src/kinds`,
        hint: "Ask the record of the kind (src/kinds/record.ts) for what sets it apart, or import its spec",
      });
    },
  };
}

/** Decisions, rows and comparisons are data. What is said of them is made in `src/report`; findings and errors bring words along. */
function wordsInReport(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!WORDLESS.test(path) || isTest(path)) return {};
  const check = (node: Deno.lint.Node, text: string): void => {
    if (!/[a-z] [a-z]/i.test(text) || isSaid(context, node)) return;
    context.report({
      node,
      message: "Words are made in src/report",
      hint: "Give data, and word it there; findings and errors may have words",
    });
  };
  return {
    Literal: (node) => typeof node.value === "string" && check(node, node.value),
    TemplateLiteral: (node) => check(node, node.quasis.map(({ cooked }) => cooked).join("")),
  };
}

/** Files that compare, decide, write and undo. */
const WORDLESS =
  /^src\/(?:plan\/(?:compare|compare_rows|decide|decide_all|field_change|make_plan|override_order|plan|removals)\.ts|(?:apply|adopt|status)\/(?!apply\.ts).*|kinds\/.*(?:live|rows|version_rows)\.ts)$/;

/** True inside of a finding, an error, a statement, or the name of a step that an error or the progress shows. */
function isSaid(context: Deno.lint.RuleContext, node: Deno.lint.Node): boolean {
  return context.sourceCode.getAncestors(node).some((above) => {
    switch (above.type) {
      case "TaggedTemplateExpression":
      case "ThrowStatement":
      // The names that a type allows are data.
      case "TSLiteralType":
        return true;
      // Of a record: words of a finding, and conditions of SQL.
      case "Property":
        return /^(?:hint|what|is)$/.test(context.sourceCode.getText(above.key));
      case "NewExpression":
      case "CallExpression":
        return /(?:Error|\.add|\.sql|^ask|^phase|^compute)$/.test(context.sourceCode.getText(above.callee));
      default:
        return false;
    }
  });
}

function namedExports(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!path.startsWith("src/")) return {};
  return {
    ExportDefaultDeclaration: (node) => context.report({ node, message: "Exports must have a name" }),
  };
}

/** Calls `visit` for every specifier that a file names: import, export from, dynamic import, type import. */
function eachImport(visit: (specifier: string, node: Deno.lint.Node) => void): Deno.lint.LintVisitor {
  const literal = (node: Deno.lint.Node | null | undefined) => {
    if (node?.type === "Literal" && typeof node.value === "string") visit(node.value, node);
  };
  return {
    ImportDeclaration: (node) => literal(node.source),
    ExportNamedDeclaration: (node) => literal(node.source),
    ExportAllDeclaration: (node) => literal(node.source),
    ImportExpression: (node) => literal(node.source),
    TSImportType: (node) =>
      literal(node.argument.type === "TSLiteralType" ? node.argument.literal : undefined),
  };
}

function isTest(path: string): boolean {
  return path.endsWith("_test.ts");
}
