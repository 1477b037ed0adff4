/** `validate`: everything that can be checked without a database. */
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT } from "../../diagnostics/error.ts";
import { apiLimits } from "../../flagsmith/api_limits.ts";
import { checkDeclaredShares } from "../../plan/declared_shares.ts";
import { checkSettingsLengths } from "../../plan/settings_limits.ts";
import { diagnosticJson, JSON_VERSION } from "../../report/diagnostic_json.ts";
import { type InputOptions, readInputs } from "../inputs.ts";
import type { Io } from "../io.ts";
import { present } from "../present.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";

/** Runs the command; gives the exit code. */
export async function runValidate(
  options: Omit<InputOptions, "warnExternal"> & ShowOptions,
  io: Io,
): Promise<number> {
  const diagnostics = new Diagnostics();
  const { declarations, graph } = await readInputs(
    { ...options, warnExternal: options.closed !== true },
    io,
    diagnostics,
  );
  const limits = apiLimits(io.env);
  for (const resource of graph.resources) checkSettingsLengths(resource, limits, diagnostics);
  checkDeclaredShares(graph, diagnostics);
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  const sorted = showDiagnostics(diagnostics, options, io);
  const entities = graph.resources.filter((r) => r.declaration !== undefined).length;
  const files = declarations.files.length;
  const counted = `${entities} ${entities === 1 ? "entity" : "entities"} in ${files} ${
    files === 1 ? "file" : "files"
  }`;
  present(
    {
      json: () => ({
        version: JSON_VERSION,
        valid: true,
        entities,
        files: declarations.files,
        diagnostics: sorted.map(diagnosticJson),
      }),
      items: { list: "diagnostics", type: "diagnostic" },
      lines: () => options.quiet === true ? [] : [`Valid: ${counted}.`],
    },
    options,
    io,
  );
  return EXIT.done;
}
