import assert from "node:assert/strict";
import { envLines, kubernetesSecret, type Outputs, readOutputs } from "./outputs.ts";

const OUTPUTS: Outputs = {
  environments: new Map([["Web App/Development", "abc"]]),
  masterApiKeys: new Map([["Acme Corp/CI/CD", "prefix.secret"]]),
  resetLinks: new Map([["a@example.com", "https://example.com/x"]]),
};

Deno.test("envLines() names each value and the variable that holds it", () => {
  assert.equal(
    envLines(OUTPUTS),
    `# Web App/Development
FLAGSMITH_ENVIRONMENT_KEY_WEB_APP_DEVELOPMENT=abc
# Acme Corp/CI/CD
FLAGSMITH_MASTER_API_KEY_ACME_CORP_CI_CD=prefix.secret
# a@example.com
FLAGSMITH_RESET_LINK_A_EXAMPLE_COM=https://example.com/x
`,
  );
});

Deno.test("readOutputs() finds the master keys of a former env file", () => {
  assert.deepEqual(readOutputs(envLines(OUTPUTS), "env").masterApiKeys, OUTPUTS.masterApiKeys);
  assert.equal(readOutputs("{ broken", "json").masterApiKeys.size, 0);
});

Deno.test("kubernetesSecret() is a manifest with quoted values", () => {
  assert.equal(
    kubernetesSecret(OUTPUTS),
    `apiVersion: v1
kind: Secret
metadata:
  name: flagsmith-provision
type: Opaque
stringData:
  FLAGSMITH_ENVIRONMENT_KEY_WEB_APP_DEVELOPMENT: "abc"
  FLAGSMITH_MASTER_API_KEY_ACME_CORP_CI_CD: "prefix.secret"
  FLAGSMITH_RESET_LINK_A_EXAMPLE_COM: "https://example.com/x"
`,
  );
});
