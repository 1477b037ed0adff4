/** Kubernetes manifests, read from YAML and checked against the schemas of `tests/data/kubernetes.json`, where no field is unknown. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";

/** One object of a cluster. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
}

interface Schemas {
  /** `apiVersion kind` → name of the definition. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly $defs: Readonly<Record<string, unknown>>;
}

/** The documents of a YAML text; throws with the first error of the text. */
export function manifestsOf(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text);
  return ("empty" in documents ? [] : documents).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS();
  }).filter((value) => value !== null);
}

const schemas: Schemas = JSON.parse(
  await Deno.readTextFile(new URL("../data/kubernetes.json", import.meta.url)),
);
let ajv: Ajv | undefined;

/** What is wrong with a manifest, a line for each finding; a kind without a schema is a finding, too. */
export function findingsOf(manifest: Manifest): readonly string[] {
  const name = schemas.kinds[`${manifest.apiVersion} ${manifest.kind}`];
  if (name === undefined) return [`There is no schema of ${manifest.apiVersion} ${manifest.kind}`];
  ajv ??= new Ajv({ strict: false, allErrors: true, validateFormats: false })
    .addSchema({ $id: "kubernetes", $defs: schemas.$defs });
  const validate: ValidateFunction | undefined = ajv.getSchema(`kubernetes#/$defs/${name}`);
  if (validate === undefined) return [`There is no definition ${name}`];
  validate(manifest);
  return (validate.errors ?? []).map(lineOf);
}

function lineOf({ instancePath, message, params }: ErrorObject): string {
  const extra = "additionalProperty" in params ? `: ${params["additionalProperty"]}` : "";
  return `${instancePath} ${message}${extra}`;
}
