/** `--outputs FILE`: keys and links for programs, written whole on every run (`spec` section 6). */
import type { ApplyResult } from "../apply/apply.ts";
import { identifier } from "../database/literal.ts";
import { arrayLiteral } from "../database/literal.ts";
import type { Session } from "../database/session.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Graph } from "../graph/resource.ts";
import { envLines, kubernetesSecret, type Outputs, readOutputs } from "../report/outputs.ts";
import type { HandedOutValues } from "./commands/apply.ts";
import type { Io } from "./io.ts";

/** Options of commands that write outputs. */
export interface OutputsOptions {
  readonly outputs?: string | undefined;
  readonly outputsFormat: "json" | "env" | "k8s-secret";
  readonly outputsMode: number;
}

/** A prepared outputs file. */
export interface OutputsFile {
  /** Writes the file after the commit. */
  write(session: Session, graph: Graph, result: ApplyResult, handedOut: HandedOutValues): Promise<void>;
}

/** Reads what a former run left, so that master keys, which cannot be read back, are kept; undefined without `--outputs`. */
export async function prepareOutputs(options: OutputsOptions, io: Io): Promise<OutputsFile | undefined> {
  const path = options.outputs;
  if (path === undefined) return undefined;
  const former = readOutputs(await io.readTextFile(path).catch(() => ""), options.outputsFormat);
  return {
    async write(session, graph, result, handedOut) {
      const environments = await readEnvironments(session, graph);
      const masterKeys = new Map<string, string>();
      const unknown: string[] = [];
      for (const { resource } of result.plan.decisions) {
        if (resource.kind !== "master_api_key") continue;
        const address = `${resource.parent?.name}/${resource.name}`;
        const value = handedOut.masterKeys.get(resource.index) ?? former.masterApiKeys.get(address);
        if (value === undefined) unknown.push(resource.name);
        else masterKeys.set(address, value);
      }
      const outputs: Outputs = {
        environments,
        masterApiKeys: masterKeys,
        resetLinks: new Map([...former.resetLinks, ...handedOut.links]),
      };
      const text = options.outputsFormat === "json"
        ? jsonText(outputs)
        : options.outputsFormat === "env"
        ? envLines(outputs)
        : kubernetesSecret(outputs);
      try {
        await io.replaceFile(path, text, options.outputsMode);
      } catch {
        throw new ProvisionError(
          "FP505",
          EXIT.failed,
          `The outputs file "${path}" cannot be written; the database was provisioned`,
          "Check the directory's permissions and run it again; master API keys of this run are lost and must be made anew",
        );
      }
      for (const name of unknown) {
        io.err(
          `note: The value of master API key "${name}" is not known any more and is left out of the outputs file.\n`,
        );
      }
    },
  };
}

function jsonText(outputs: Outputs): string {
  return `${
    JSON.stringify(
      {
        environments: Object.fromEntries(outputs.environments),
        master_api_keys: Object.fromEntries(outputs.masterApiKeys),
        reset_links: Object.fromEntries(outputs.resetLinks),
      },
      null,
      2,
    )
  }\n`;
}

/** Client keys of all declared environments, also of those that existed before. */
async function readEnvironments(session: Session, graph: Graph): Promise<ReadonlyMap<string, string>> {
  const wanted = graph.resources.filter((r) => r.kind === "environment" && r.declaration !== undefined);
  if (wanted.length === 0) return new Map();
  const names = (read: (index: number) => string | null): string =>
    arrayLiteral(wanted.map((_, at) => read(at)), "text");
  const [rows] = await session.script("read the environment keys", [
    `SELECT w.n, e.api_key FROM unnest(${arrayLiteral(wanted.map((_, at) => at), "int4")}, ${
      names((at) => wanted[at]?.parent?.parent?.name ?? null)
    },
  ${names((at) => wanted[at]?.parent?.name ?? null)}, ${
      names((at) => wanted[at]?.name ?? null)
    }) AS w(n, organisation, project, name)
JOIN ${identifier("projects_project")} p ON p.name = w.project AND p.deleted_at IS NULL
JOIN ${
      identifier("organisations_organisation")
    } o ON o.id = p.organisation_id AND o.deleted_at IS NULL AND (w.organisation IS NULL OR o.name = w.organisation)
JOIN ${
      identifier("environments_environment")
    } e ON e.project_id = p.id AND e.name = w.name AND e.deleted_at IS NULL ORDER BY w.n`,
  ]);
  return new Map((rows ?? []).map((row) => {
    const resource = wanted[Number(row["n"])];
    return [`${resource?.parent?.name}/${resource?.name}`, String(row["api_key"])];
  }));
}
