/** `deploy/print_column_defaults.py`: the module of the image as a script of its own, for installations without it. */
import type { Files } from "./generator.ts";

const MODULE = "deploy/flagsmith-image/flagsmith_provision/column_defaults.py";

const HEADER = `# Generated from ${MODULE} by \`deno task docs\`.
#
# Prints the values that the models of an installed Flagsmith give to columns. Run it beside manage.py:
#
#     python manage.py shell -v 0 < print_column_defaults.py > columns.json
#     flagsmith-provision --column-defaults columns.json ...
`;

/** The script: the module, and the call that prints. Django's shell reads it whole from standard input. */
export async function columnDefaultsScript(root: string): Promise<Files> {
  const module = await Deno.readTextFile(root + MODULE);
  return { "deploy/print_column_defaults.py": `${HEADER}${module}\n\nprint_column_defaults()\n` };
}
