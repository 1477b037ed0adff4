import assert from "node:assert/strict";
import {
  commentName,
  type Outputs,
  type OutputsFormat,
  outputsText,
  readOutputs,
  variableOf,
} from "./outputs.ts";

const OUTPUTS: Outputs = {
  values: [
    { kind: "environment", name: "Web App/Development", value: "abc" },
    { kind: "environment", name: "Web App/Production", chosen: "WEB_KEY", value: "it's #1 & $HOME" },
    { kind: "server_side_environment_key", name: "Web App/Production/backend", value: "ser.abc" },
    { kind: "master_api_key", name: "Acme Corp/CI/CD", value: "prefix.secret" },
    { kind: "master_api_key", name: "Acme Corp/Ops", chosen: "OPS_KEY", value: "prefix.other" },
    { kind: "password", name: "b@example.com", value: "s3cret" },
    { kind: "reset_link", name: "a@example.com", value: "https://example.com/x" },
  ],
  constants: new Map([["API_URL", "http://localhost:8000/api/v1/"]]),
};

const ENV = `# environment Web App/Development
FLAGSMITH_ENVIRONMENT_KEY_WEB_APP_DEVELOPMENT=abc
# environment Web App/Production
WEB_KEY='it'\\''s #1 & $HOME'
# server-side environment key Web App/Production/backend
FLAGSMITH_SERVER_SIDE_ENVIRONMENT_KEY_WEB_APP_PRODUCTION_BACKEND=ser.abc
# master API key Acme Corp/CI/CD
FLAGSMITH_MASTER_API_KEY_ACME_CORP_CI_CD=prefix.secret
# master API key Acme Corp/Ops
OPS_KEY=prefix.other
# password of b@example.com
FLAGSMITH_PASSWORD_B_EXAMPLE_COM=s3cret
# password-reset link of a@example.com
FLAGSMITH_RESET_LINK_A_EXAMPLE_COM=https://example.com/x
API_URL=http://localhost:8000/api/v1/
`;

const SECRET = `apiVersion: v1
kind: Secret
metadata:
  name: flagsmith-provision
type: Opaque
stringData:
  # environment Web App/Development
  FLAGSMITH_ENVIRONMENT_KEY_WEB_APP_DEVELOPMENT: "abc"
  # environment Web App/Production
  WEB_KEY: "it's #1 & $HOME"
  # server-side environment key Web App/Production/backend
  FLAGSMITH_SERVER_SIDE_ENVIRONMENT_KEY_WEB_APP_PRODUCTION_BACKEND: "ser.abc"
  # master API key Acme Corp/CI/CD
  FLAGSMITH_MASTER_API_KEY_ACME_CORP_CI_CD: "prefix.secret"
  # master API key Acme Corp/Ops
  OPS_KEY: "prefix.other"
  # password of b@example.com
  FLAGSMITH_PASSWORD_B_EXAMPLE_COM: "s3cret"
  # password-reset link of a@example.com
  FLAGSMITH_RESET_LINK_A_EXAMPLE_COM: "https://example.com/x"
  API_URL: "http://localhost:8000/api/v1/"
`;

const JSON_TEXT = `{
  "environments": {
    "Web App/Development": "abc",
    "Web App/Production": "it's #1 & $HOME"
  },
  "server_side_environment_keys": {
    "Web App/Production/backend": "ser.abc"
  },
  "master_api_keys": {
    "Acme Corp/CI/CD": "prefix.secret",
    "Acme Corp/Ops": "prefix.other"
  },
  "passwords": {
    "b@example.com": "s3cret"
  },
  "reset_links": {
    "a@example.com": "https://example.com/x"
  },
  "variables": {
    "WEB_KEY": "it's #1 & $HOME",
    "OPS_KEY": "prefix.other",
    "API_URL": "http://localhost:8000/api/v1/"
  }
}
`;

const FORMS: readonly (readonly [OutputsFormat, string])[] = [["env", ENV], ["k8s-secret", SECRET], [
  "json",
  JSON_TEXT,
]];

for (const [format, text] of FORMS) {
  Deno.test(`outputsText() writes every value under its name as ${format}`, () => {
    assert.equal(outputsText(OUTPUTS, format), text);
  });

  Deno.test(`readOutputs() reads back what a former run left as ${format}`, () => {
    const former = readOutputs(text, new Set());
    assert.ok(former !== undefined);
    for (const { kind, name, value } of OUTPUTS.values) {
      assert.equal(former.get(kind)?.get(name), value, name);
    }
    assert.equal(
      [...former.values()].reduce((sum, values) => sum + values.size, 0),
      OUTPUTS.values.length,
    );
  });
}

Deno.test("readOutputs() gives nothing for a file that is cut off or somebody else's, and takes empty ones", () => {
  const none = [0, 0, 0, 0, 0];
  for (const [format, text] of FORMS) {
    for (const cut of format === "json" ? [2, 20] : [1, 2, 20]) {
      assert.equal(readOutputs(text.slice(0, -cut), new Set()), undefined);
    }
  }
  const strange = [
    "{ broken",
    "[1]",
    "NAME=value\n",
    "  NAME: {}\n",
    '{"name": "left-pad"}',
    "# a note\n",
    "export A=b\n",
  ];
  for (const text of strange) assert.equal(readOutputs(text, new Set(["OTHER"])), undefined, text);
  for (const text of ["", "\n", "{}", "NAME=value\n"]) {
    assert.deepEqual(
      [...readOutputs(text, new Set(["NAME"]))?.values() ?? []].map((v) => v.size),
      none,
      text,
    );
  }
});

Deno.test("outputsText() writes names and values that end a line or move text escaped, and reads them back", () => {
  const name = "P2\u2028  INJECTED: yes #\u202e\x9b/Live";
  const values = [{ kind: "master_api_key", name, chosen: "KEY", value: "a\u2028\x9b\u{e0001}'b" }] as const;
  for (const [format] of FORMS) {
    const text = outputsText({ values, constants: new Map() }, format);
    if (format !== "env") assert.doesNotMatch(text, /[\x7f-\x9f\u2028\u202e\u{e0001}]/u);
    assert.doesNotMatch(text.split("\n")[0] ?? "", /\u2028/);
    const former = readOutputs(text, new Set())?.get("master_api_key");
    assert.equal(former?.get(format === "json" ? name : commentName(name)), values[0].value);
  }
});

Deno.test("variableOf() makes a variable of capitals, digits and underscores, unless one is chosen", () => {
  assert.equal(
    variableOf({ kind: "environment", name: "Café – Nord/_Prod_" }),
    "FLAGSMITH_ENVIRONMENT_KEY_CAF_NORD_PROD",
  );
  assert.equal(variableOf({ kind: "environment", name: "A/B", chosen: "lower_case1" }), "lower_case1");
});
