/** Rules about calls that are safe in one place only: files that are written, and patterns that strangers wrote. */

/** The files that may write files: what they write is tried before the commit and never replaces what is not ours. */
export const WRITING_FILES: readonly string[] = ["src/cli/written_file.ts", "src/cli/written_files.ts"];

/** What writes to the file system; a directory that is made replaces nothing. */
const WRITES =
  /^Deno\.(?:writeFile|writeTextFile|rename|remove|create|truncate|symlink|link|copyFile|chmod|makeTemp\w+)(?:Sync)?$/;

/** Reports what writes to the file system outside of the files that may. */
export function writtenFiles(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (WRITING_FILES.includes(path)) return {};
  const report = (node: Deno.lint.Node, text: string): void =>
    context.report({
      node,
      message: `"${text}" must not be used outside of ${WRITING_FILES.join(" and ")}`,
      hint: "Stage a WrittenFile before the commit, and publish it after",
    });
  return {
    CallExpression(node) {
      const text = context.sourceCode.getText(node.callee).replace(/^globalThis\./, "");
      if (WRITES.test(text)) report(node, text);
      const [, options] = node.arguments;
      const opens = /^Deno\.open(?:Sync)?$/.test(text) && options !== undefined;
      if (
        opens && /\b(?:write|append|create|createNew|truncate)\b/.test(context.sourceCode.getText(options))
      ) {
        report(node, text);
      }
    },
  };
}

/** Reports patterns that are not constants of the source: one that a stranger wrote may run for hours. */
export function constantPatterns(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const check = (node: Deno.lint.CallExpression | Deno.lint.NewExpression): void => {
    if (!/^(?:globalThis\.)?RegExp$/.test(context.sourceCode.getText(node.callee))) return;
    const [pattern] = node.arguments;
    if (pattern !== undefined && isConstant(pattern, context)) return;
    context.report({
      node,
      message: "A pattern must be a constant of the source",
      hint:
        "Match patterns of files and databases with src/flagsmith/python/regex_match.ts, which counts its steps",
    });
  };
  return { NewExpression: check, CallExpression: check };
}

/** A literal, a constant by its name in capitals, the source of one, or a template of such. */
function isConstant(node: Deno.lint.Node, context: Deno.lint.RuleContext): boolean {
  if (node.type === "Literal") return true;
  if (node.type === "BinaryExpression") {
    return isConstant(node.left, context) && isConstant(node.right, context);
  }
  if (node.type === "TemplateLiteral") return node.expressions.every((part) => isConstant(part, context));
  return /^[A-Z][A-Z0-9_]*(?:\.source)?$/.test(context.sourceCode.getText(node));
}
