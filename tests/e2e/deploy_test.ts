/** The files of `deploy/`, as Kustomize and Helm read them, and as a cluster would check them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { run } from "../../scripts/build/process.ts";
import { complain } from "../../scripts/terminal.ts";
import { clusterTools } from "../support/cluster_tools.ts";
import { markedBlocks } from "../support/marked_blocks.ts";
import { findingsOf, type Manifest, manifestsOf } from "../support/manifests.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KUBERNETES = join(ROOT, "deploy/kubernetes");

async function yamlFiles(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) found.push(...await yamlFiles(path));
    else if (/\.ya?ml$/.test(name)) found.push(path);
  }
  return found.sort();
}

const relative = (path: string): string => path.slice(ROOT.length);

Deno.test("every YAML file of deploy/ can be parsed, without a warning", async () => {
  const files = await yamlFiles(join(ROOT, "deploy"));
  assert.ok(files.length > 15, `only ${files.length} files`);
  for (const file of files) {
    const documents = parseAllDocuments(await Deno.readTextFile(file), { merge: true });
    assert.ok(!("empty" in documents), file);
    for (const { errors, warnings } of documents) {
      assert.deepEqual([relative(file), errors, warnings], [relative(file), [], []]);
    }
  }
});

Deno.test("a manifest with an unknown field, a wrong type or a missing field is found", () => {
  const [job] = manifestsOf(`apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{image: x, volumeMount: [], terminationMessagePath: 3}]
`);
  assert.deepEqual(job === undefined ? [] : [...findingsOf(job)].sort(), [
    "/spec/template/spec/containers/0 must NOT have additional properties: volumeMount",
    "/spec/template/spec/containers/0 must have required property 'name'",
    "/spec/template/spec/containers/0/terminationMessagePath must be string,null",
  ]);
});

/** Packages with a class for each custom resource of Argo CD and Flux, and its group, version and kind in the path. */
const CUSTOM: ReadonlyMap<string, string> = new Map([
  ["argoproj.io", "npm:@kubernetes-models/argo-cd@4.0.0"],
  ["source.toolkit.fluxcd.io", "npm:@kubernetes-models/flux-cd@4.0.0"],
  ["helm.toolkit.fluxcd.io", "npm:@kubernetes-models/flux-cd@4.0.0"],
  ["kustomize.toolkit.fluxcd.io", "npm:@kubernetes-models/flux-cd@4.0.0"],
]);

Deno.test("the examples for Argo CD and Flux have the fields of their kinds, and no other", async () => {
  const files = [
    ...await yamlFiles(join(KUBERNETES, "argocd")),
    ...await yamlFiles(join(KUBERNETES, "flux")),
  ];
  const manifests = (await Promise.all(files.map((file) => Deno.readTextFile(file)))).flatMap(manifestsOf);
  assert.equal(manifests.length, 5);
  // The types refuse fields that they do not have, the classes what the JSON Schemas refuse.
  const program = (all: readonly Manifest[]): string =>
    all.map((manifest, at) => {
      const { apiVersion, kind } = manifest;
      const path = `${CUSTOM.get(apiVersion.split("/")[0] ?? "")}/${apiVersion}/${kind}`;
      return `import { ${kind} as C${at}, type I${kind} as I${at} } from "${path}";
const m${at}: I${at} = ${JSON.stringify(manifest)};
new C${at}(m${at}).validate();
`;
    }).join("");
  await withScratch(async (scratch) => {
    const checked = async (all: readonly Manifest[]) => {
      await Deno.writeTextFile(join(scratch, "check.ts"), program(all));
      return await run(Deno.execPath(), [
        "run",
        "--check",
        "--no-config",
        "--no-lock",
        join(scratch, "check.ts"),
      ]);
    };
    const good = await checked(manifests);
    assert.ok(good.ok, good.stderr);
    if (Deno.env.get("FULL_TESTS") !== "1") return;
    const [first] = manifests;
    assert.ok(first !== undefined);
    const broken = await checked([{ ...first, spec: { ...Object(first.spec), projekt: "default" } }]);
    assert.equal(broken.ok, false);
    assert.match(broken.stderr, /"projekt"' does not exist in type/);
  });
});

async function withScratch(work: (directory: string) => Promise<void>): Promise<void> {
  const scratch = await Deno.makeTempDir();
  try {
    await work(scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[] | null;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly resources?: {
    readonly requests?: { readonly memory?: string };
    readonly limits?: { readonly memory?: string };
  };
}

interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumes?:
    | readonly { readonly name: string; readonly configMap?: { readonly name: string } }[]
    | null;
}

function podOf(manifest: Manifest | undefined): PodSpec {
  const spec = manifest?.spec as { readonly template: { readonly spec: PodSpec } } | undefined;
  assert.ok(spec !== undefined, "the workload is missing");
  return spec.template.spec;
}

/** Memory that a run was measured to need and to have room for (`deploy/kubernetes/README.md#what-a-pod-is-given`). */
const REQUEST = "192Mi";
const LIMIT = "384Mi";

/** Throws unless a container of this program's runs as the README says, and mounts only what its pod has. */
function assertContained(pod: PodSpec, container: Container): void {
  const context = { ...pod.securityContext, ...container.securityContext };
  assert.equal(context["runAsNonRoot"], true);
  assert.equal(context["runAsUser"], 65532);
  assert.equal(context["readOnlyRootFilesystem"], true);
  assert.equal(context["allowPrivilegeEscalation"], false);
  assert.deepEqual(context["capabilities"], { drop: ["ALL"] });
  assert.deepEqual(context["seccompProfile"], { type: "RuntimeDefault" });
  if (container.name === "provision") {
    assert.equal(container.resources?.requests?.memory, REQUEST);
    assert.equal(container.resources.limits?.memory, LIMIT);
  } else assert.ok(container.resources?.requests !== undefined && container.resources.limits !== undefined);
  assertMounts(pod, container);
}

function assertMounts(pod: PodSpec, container: Container): void {
  for (const { name } of container.volumeMounts ?? []) {
    assert.ok((pod.volumes ?? []).some((volume) => volume.name === name), `no volume ${name}`);
  }
}

const refOf = (container: Container | undefined, name: string) =>
  container?.env?.find((variable) => variable.name === name)?.valueFrom?.secretKeyRef;

const directory = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
const tools = await clusterTools(directory);
if (tools === undefined) complain("There is no helm and no kubectl for this system: nothing is rendered");

async function kustomize(kubectl: string, path: string): Promise<readonly Manifest[]> {
  const { ok, stdout, stderr } = await run(kubectl, ["kustomize", path]);
  assert.ok(ok, stderr);
  const manifests = manifestsOf(stdout);
  for (const manifest of manifests) {
    assert.deepEqual([manifest.kind, manifest.metadata.name, findingsOf(manifest)], [
      manifest.kind,
      manifest.metadata.name,
      [],
    ]);
  }
  return manifests;
}

const find = (manifests: readonly Manifest[], kind: string, name: RegExp) =>
  manifests.find((manifest) => manifest.kind === kind && name.test(manifest.metadata.name));

if (tools !== undefined) {
  const { helm, kubectl } = tools;

  Deno.test("each Kustomize base builds, fits the schemas of Kubernetes, and runs contained", async () => {
    for (
      const [base, kind, expected] of [
        ["base", "Job", ["ConfigMap", "Job", "NetworkPolicy"]],
        ["watch", "Deployment", ["ConfigMap", "Deployment", "NetworkPolicy"]],
        ["keys", "Job", ["Job", "Role", "RoleBinding", "ServiceAccount"]],
      ] as const
    ) {
      const manifests = await kustomize(kubectl, join(KUBERNETES, base));
      assert.deepEqual(manifests.map((manifest) => manifest.kind).sort(), expected);
      const workload = find(manifests, kind, /./);
      const pod = podOf(workload);
      for (const container of [...pod.initContainers ?? [], ...pod.containers]) {
        assertContained(pod, container);
      }
      const [provision] = [...pod.initContainers ?? [], ...pod.containers];
      assert.match(provision?.image ?? "", /^ghcr\.io\/flagsmith\/flagsmith-provision:\d/);
      const map = find(manifests, "ConfigMap", /^flagsmith-provisioning/);
      const mounted = (pod.volumes ?? []).flatMap(({ configMap }) =>
        configMap === undefined ? [] : [configMap.name]
      );
      assert.deepEqual(mounted, map === undefined ? [] : [map.metadata.name]);
      if (map !== undefined) assert.equal(map.metadata.name === "flagsmith-provisioning", base === "watch");
      const policy = find(manifests, "NetworkPolicy", /./)?.spec as
        | { readonly podSelector: { readonly matchLabels: unknown } }
        | undefined;
      if (policy !== undefined) {
        assert.deepEqual(policy.podSelector.matchLabels, workload?.metadata.labels);
      }
    }
  });

  /** A copy of the chart: Flagsmith's own where FLAGSMITH_CHART names it. */
  const chartIn = async (parent: string): Promise<string> => {
    const chart = join(parent, "chart");
    await run("cp", ["-r", Deno.env.get("FLAGSMITH_CHART") ?? join(ROOT, "tests/data/chart"), chart]);
    // Its dependencies, a PostgreSQL for trying it out and statsd, are no part of what is asked here.
    const text = await Deno.readTextFile(join(chart, "Chart.yaml"));
    await Deno.writeTextFile(join(chart, "Chart.yaml"), text.replace(/^dependencies:\n(?:[ -].*\n)*/m, ""));
    return chart;
  };

  /** The chart with values of ours, as Helm renders it. */
  const render = async (values: string): Promise<readonly Manifest[]> => {
    const chart = await chartIn(await Deno.makeTempDir({ dir: directory }));
    const { ok, stdout, stderr } = await run(helm, [
      "template",
      "flagsmith",
      chart,
      "--namespace",
      "flagsmith",
      "--values",
      join(KUBERNETES, "chart", `${values}.yaml`),
    ]);
    assert.ok(ok, stderr);
    const manifests = manifestsOf(stdout);
    for (const manifest of manifests) {
      if (manifest.kind !== "Deployment" && manifest.kind !== "Job") continue;
      assert.deepEqual([manifest.metadata.name, findingsOf(manifest)], [manifest.metadata.name, []]);
    }
    return manifests;
  };

  Deno.test("the chart provisions in an init container after the migration, with the API's own secrets", async () => {
    const pod = podOf(find(await render("values"), "Deployment", /-api$/));
    assert.deepEqual(pod.initContainers?.map(({ name }) => name), ["migrate-db", "provision"]);
    const [, provision] = pod.initContainers ?? [];
    assert.ok(provision !== undefined);
    assertContained(pod, provision);
    for (const name of ["DATABASE_URL", "DJANGO_SECRET_KEY"]) {
      assert.ok(refOf(provision, name) !== undefined, name);
      assert.deepEqual(refOf(provision, name), refOf(pod.containers[0], name));
    }
    assert.deepEqual(provision.volumeMounts?.map(({ mountPath }) => mountPath), ["/provisioning"]);
    assert.deepEqual(provision.args, ["apply", "--directory", "/provisioning", "--wait", "5m"]);
  });

  Deno.test("the chart provisions in a Job of each revision, which waits for the migrations", async () => {
    const manifests = await render("values-job");
    const job = find(manifests, "Job", /^flagsmith-provision-1$/);
    const pod = podOf(job);
    const [provision] = pod.containers;
    assert.ok(provision !== undefined);
    assertContained(pod, provision);
    const api = podOf(find(manifests, "Deployment", /-api$/));
    assert.deepEqual(refOf(provision, "DATABASE_URL"), refOf(api.containers[0], "DATABASE_URL"));
    assert.ok(provision.args?.includes("--wait"));
  });

  Deno.test("the chart's own bootstrap container gets directory and mount with the image that holds the program", async () => {
    const pod = podOf(find(await render("values-image"), "Deployment", /-api$/));
    assert.deepEqual(pod.initContainers?.map(({ name }) => name), ["migrate-db", "bootstrap"]);
    const bootstrap = pod.initContainers?.[1];
    const value = bootstrap?.env?.find(({ name }) => name === "PROVISIONING_DIRECTORY")?.value;
    assert.equal(value, "/provisioning");
    assert.deepEqual(bootstrap?.volumeMounts?.map(({ mountPath }) => mountPath), [value]);
    for (const container of pod.initContainers ?? []) assertMounts(pod, container);
    assert.match(bootstrap?.image ?? "", /flagsmith-provisioned:/);
  });

  Deno.test("the chart gives dashboard, API and init container the keys of one Secret", async () => {
    const manifests = await render("values-flagsmith-on-flagsmith");
    const pod = podOf(find(manifests, "Deployment", /-api$/));
    const provision = pod.initContainers?.find(({ name }) => name === "provision");
    assert.ok(provision !== undefined);
    assertContained(pod, provision);
    const dashboard = podOf(find(manifests, "Deployment", /^flagsmith$/)).containers[0];
    const secret = "flagsmith-on-flagsmith";
    assert.deepEqual(
      [refOf(provision, "FOF_CLIENT_KEY"), refOf(dashboard, "FLAGSMITH_ON_FLAGSMITH_API_KEY")],
      [{ name: secret, key: "client-key" }, { name: secret, key: "client-key" }],
    );
    assert.deepEqual(
      [refOf(provision, "FOF_SERVER_KEY"), refOf(pod.containers[0], "FLAGSMITH_ON_FLAGSMITH_SERVER_KEY")],
      [{ name: secret, key: "server-key" }, { name: secret, key: "server-key" }],
    );
  });

  /** Runs commands of the README with a `helm` and a `kubectl` that print what they would send to a cluster. */
  const rendered = async (script: string): Promise<readonly Manifest[]> => {
    const path = await Deno.makeTempDir({ dir: directory });
    const chart = await chartIn(path);
    const programs = {
      helm: `[ "$1 $2" = "upgrade --install" ] && [ "$4" = flagsmith/flagsmith ] || exit 64
name=$3; shift 4; exec "${helm}" template "$name" "${chart}" --namespace flagsmith "$@"`,
      kubectl: `case $1 in
create) exec "${kubectl}" "$@" --dry-run=client --output yaml ;;
apply) [ "$2" = --kustomize ] || exit 64; exec "${kubectl}" kustomize "$3" ;;
*) exit 64 ;;
esac`,
    };
    for (const [name, text] of Object.entries(programs)) {
      await Deno.writeTextFile(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const env = { PATH: `${path}:${Deno.env.get("PATH") ?? ""}`, HOME: path };
    const { ok, stdout, stderr } = await run("/bin/sh", ["-ceu", `cd "${ROOT}"; ${script}`], env);
    assert.ok(ok, stderr);
    return manifestsOf(stdout);
  };

  Deno.test("the README's commands for a cluster render an init container, a Job and a watch of one ConfigMap", async () => {
    const blocks = markedBlocks(await Deno.readTextFile(join(ROOT, "README.md")), "render");
    const all = new Map<string, readonly Manifest[]>();
    for (const { name, script } of blocks) all.set(name, await rendered(script));
    assert.deepEqual([...all.keys()], ["files", "init", "job", "watch"]);
    const manifests = (name: string) => all.get(name) ?? [];
    const [map] = manifests("files");
    assert.deepEqual(Object.keys(Object(map)["data"]), ["00-people.yaml", "10-web-app.yaml"]);
    const ours = [
      podOf(find(manifests("init"), "Deployment", /-api$/)),
      podOf(find(manifests("job"), "Job", /^flagsmith-provision-1$/)),
      podOf(find(manifests("watch"), "Deployment", /^flagsmith-provision-watch$/)),
    ];
    for (const pod of ours) {
      const provision = [...pod.initContainers ?? [], ...pod.containers].find(({ name }) =>
        name === "provision"
      );
      assert.ok(provision !== undefined);
      assertContained(pod, provision);
      const mounted = (pod.volumes ?? []).flatMap(({ configMap }) =>
        configMap === undefined ? [] : [configMap]
      );
      assert.deepEqual(mounted.map(({ name }) => name), [map?.metadata.name]);
    }
  });
}
