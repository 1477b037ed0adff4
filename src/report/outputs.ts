/** The outputs file in its three forms, and reading back what a former run left in it. */

/** Keys and links by name: `Project/Environment`, `Organisation/Key name`, address. */
export interface Outputs {
  readonly environments: ReadonlyMap<string, string>;
  readonly masterApiKeys: ReadonlyMap<string, string>;
  readonly resetLinks: ReadonlyMap<string, string>;
}

/** A name as part of an environment variable: capitals, digits and `_`. */
function variable(prefix: string, name: string): string {
  return `${prefix}_${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "")}`;
}

function pairs(outputs: Outputs): readonly (readonly [string, string, string])[] {
  return [
    ...[...outputs.environments].map(([name, value]) =>
      [variable("FLAGSMITH_ENVIRONMENT_KEY", name), value, name] as const
    ),
    ...[...outputs.masterApiKeys].map(([name, value]) =>
      [variable("FLAGSMITH_MASTER_API_KEY", name), value, name] as const
    ),
    ...[...outputs.resetLinks].map(([name, value]) =>
      [variable("FLAGSMITH_RESET_LINK", name), value, name] as const
    ),
  ];
}

/** `NAME=value` lines, each with the name it stands for as a comment above it. */
export function envLines(outputs: Outputs): string {
  return pairs(outputs).map(([key, value, name]) => `# ${name.replaceAll("\n", " ")}\n${key}=${value}\n`)
    .join("");
}

/** A Kubernetes Secret manifest. */
export function kubernetesSecret(outputs: Outputs): string {
  const data = pairs(outputs).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`).join("");
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: flagsmith-provision\ntype: Opaque\nstringData:\n${
    data === "" ? "  {}\n" : data
  }`;
}

const EMPTY: Outputs = { environments: new Map(), masterApiKeys: new Map(), resetLinks: new Map() };

/** What a former run left. A file that cannot be understood counts as empty: it is about to be replaced. */
export function readOutputs(text: string, format: "json" | "env" | "k8s-secret"): Outputs {
  if (format !== "json" || text.trim() === "") return format === "env" ? readEnvLines(text) : EMPTY;
  try {
    const parsed: Record<string, unknown> = Object(JSON.parse(text));
    return {
      environments: textMap(parsed["environments"]),
      masterApiKeys: textMap(parsed["master_api_keys"]),
      resetLinks: textMap(parsed["reset_links"]),
    };
  } catch {
    return EMPTY;
  }
}

function textMap(value: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(Object(value)).flatMap((
      [key, item],
    ) => (typeof item === "string" ? [[key, item] as const] : [])),
  );
}

function readEnvLines(text: string): Outputs {
  const found: Record<"environments" | "masterApiKeys" | "resetLinks", Map<string, string>> = {
    environments: new Map(),
    masterApiKeys: new Map(),
    resetLinks: new Map(),
  };
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const [, key = "", value = ""] = /^(FLAGSMITH_[A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    const name = /^# (.*)$/.exec(lines[at - 1] ?? "")?.[1];
    if (name === undefined || key === "") continue;
    if (key.startsWith("FLAGSMITH_MASTER_API_KEY_")) found.masterApiKeys.set(name, value);
    else if (key.startsWith("FLAGSMITH_RESET_LINK_")) found.resetLinks.set(name, value);
  }
  return found;
}
