/** A document of the whole model with a canary in every field that may hold a secret. */
import assert from "node:assert/strict";
import type { CliResult } from "./run_cli.ts";

/** Stands in every secret text. */
export const CANARY = "c4naryB1rd";
/** Stands in every number that comes from a secret variable. */
export const NUMBER = "918273645";

/** Variables, all of them secret. The short one fits into the narrowest column, a colour. */
export const ENV: Readonly<Record<string, string>> = {
  TEXT: `${CANARY}-text`,
  SHORT: "c4nary",
  NUMBER,
  PASSWORD: `${CANARY}-variable`,
  DJANGO_SECRET_KEY: `${CANARY}-django`,
};

/** The options that make the variables secret. */
export const FLAGS = ["TEXT", "SHORT", "NUMBER", "PASSWORD"].flatMap((name) => ["--secret-env", name]);

/** The chosen master API key; `salt` makes it another one. */
export function masterKey(salt: string): string {
  return `${`${salt}abcdefgh`.slice(0, 8)}.${CANARY}${CANARY}${salt}`;
}

/** The files that `!file` reads, by name. */
export const FILES: Readonly<Record<string, string>> = {
  password: `${CANARY}-file\n`,
  text: `${CANARY}-file`,
};

const hash = (salt: string): string => `pbkdf2_sha256$1000$${CANARY}${salt}$${"A".repeat(43)}=`;

/** What differs between runs: the keys, and when credentials are replaced. */
export interface Variation {
  readonly folder: string;
  readonly salt: string;
  readonly rotate?: string;
}

/** The document; one field a line, so that a test can break each line. */
export function wholeModel({ folder, salt, rotate }: Variation): string {
  const turn = (indent: string): string => (rotate === undefined ? "" : `\n${indent}rotate: ${rotate}`);
  return `version: '1.0'
app_domain: flags.example.com
outputs:
  FROM_FILE: !file ${folder}/text
  FROM_VARIABLE: '\${TEXT}'
users:
  - email: hash@example.com
    password_hash: '${hash(salt)}'
    first_name: '\${TEXT}'
    last_name: !file ${folder}/text
    username: '\${TEXT}'
    description: '\${TEXT}'${turn("    ")}
  - email: file@example.com
    password: !file ${folder}/password
  - email: variable@example.com
    password: '\${PASSWORD:${CANARY}-default}'${turn("    ")}
  - email: generated@example.com
    generate_password: true
    is_superuser: true${turn("    ")}
organisations:
  - name: Acme
    description: '\${TEXT}'
    members:
      - email: hash@example.com
    subscription:
      plan: '\${TEXT}'
      seats: '\${NUMBER}'
      api_calls: '\${NUMBER}'
      subscription_id: '\${TEXT}'
      customer_id: !file ${folder}/text
      notes: '\${TEXT}'
    groups:
      - name: g
        external_id: '\${TEXT}'
    master_api_keys:
      - name: Chosen
        description: '\${TEXT}'
        output: CHOSEN_KEY
        key: ${masterKey(salt)}${turn("        ")}
      - name: Generated
        output: GENERATED_KEY${turn("        ")}
projects:
  - name: Web
    organisation: Acme
    description: '\${TEXT}'
    settings:
      stale_flags_limit_days: '\${NUMBER}'
      max_features_allowed: '\${NUMBER}'
      max_segments_allowed: '\${NUMBER}'
      max_segment_overrides_allowed: '\${NUMBER}'
      minimum_change_request_approvals: '\${NUMBER}'
    tags:
      - label: t
        color: '\${SHORT}'
        description: '\${TEXT}'
    segments:
      - name: s
        description: '\${TEXT}'
        rules:
          - type: ALL
            conditions:
              - operator: EQUAL
                property: '\${TEXT}'
                value: !file ${folder}/text
                description: '\${TEXT}'
    environments:
      - name: Dev
        description: '\${TEXT}'
        settings:
          banner_text: '\${TEXT}'
          banner_colour: '\${SHORT}'
          minimum_change_request_approvals: '\${NUMBER}'
        server_side_environment_keys:
          - name: chosen
            key: ser.${CANARY}${salt}
            output: SERVER_KEY${turn("            ")}
          - name: generated${turn("            ")}
        identities:
          - identifier: alice
            traits:
              trait: '\${TEXT}'
              number: \${NUMBER}
      - name: Versioned
        settings:
          use_v2_feature_versioning: true
    features:
      - name: f
        description: '\${TEXT}'
        initial_value: '\${TEXT}'
        tags: [t]
        multivariate_options:
          - key: blue
            value: '\${TEXT}'
            percentage_allocation: 10
        environments:
          Dev:
            value: '\${TEXT}'
            segment_overrides:
              - segment: s
                value: !file ${folder}/text
            identity_overrides:
              - identifier: alice
                value: '\${TEXT}'
          Versioned:
            value: !file ${folder}/text
`;
}

/** Runs `test` with a folder that holds the files, and removes it. */
export async function withSecretFiles(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(FILES)) await Deno.writeTextFile(`${folder}/${name}`, text);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Throws when a secret is in what a run said. `allowed` is handed out on purpose; other secrets may be named in `more`. */
export function assertSilent(
  { out, err }: CliResult,
  what: string,
  { allowed = [], more = [] }: { allowed?: readonly string[]; more?: readonly string[] } = {},
): void {
  const shown = allowed.reduce((text, secret) => text.replace(secret, ""), out);
  for (const secret of [CANARY, NUMBER, ENV["SHORT"] ?? "", ...more]) {
    assert.ok(!shown.includes(secret), `${what} shows a secret on standard output:\n${out}`);
    assert.ok(!err.includes(secret), `${what} shows a secret on standard error:\n${err}`);
  }
}
