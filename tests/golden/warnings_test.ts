/** Warnings, `--strict`, and `validate`: whole outputs. */
import assert from "node:assert/strict";
import { runCli } from "../support/run_cli.ts";

const validate = (stdin: string, ...args: readonly string[]) =>
  runCli(["validate", "-f", "-", ...args], { stdin });

const DESCRIBED = "version: '1.0'\norganisations:\n  - name: Acme\n    description: Our own\n";

Deno.test("validate warns of a description that Flagsmith has no column for", async () => {
  assert.deepEqual(await validate(DESCRIBED), {
    code: 0,
    out: "Valid: 1 entity in 1 file.\n",
    err:
      `<stdin>:4:5: warning: Flagsmith has no description for an organisation; it is kept in the log only [FP150]
  |
4 |     description: Our own
  |     ^~~~~~~~~~~
`,
  });
});

Deno.test("validate --strict counts warnings as errors", async () => {
  const { code, err } = await validate(DESCRIBED, "--strict");
  assert.equal(code, 1);
  assert.match(err, /1 error; nothing was changed\.\n$/);
});

const EXTERNAL = "version: '1.0'\nfeatures:\n  - {name: f, project: Web}\n";

Deno.test("validate warns of names that the database must hold, --closed refuses them, apply does not mention them", async () => {
  assert.equal(
    (await validate(EXTERNAL)).err,
    `<stdin>:3:24: warning: Project "Web" is not declared in any file and must exist in the database [FP250]
  |
3 |   - {name: f, project: Web}
  |                        ^~~
`,
  );
  const closed = await validate(EXTERNAL, "--closed");
  assert.equal(closed.code, 1);
  assert.match(closed.err, /^<stdin>:3:24: error: Project "Web" is not declared in any file \[FP251\]\n/);
});

const OPTION = `version: '1.0'
organisations: [{name: Acme}]
projects:
  - name: Web
    organisation: Acme
    environments: [{name: Dev}]
    features:
      - name: f
        multivariate_options: [{value: a, key: first, percentage_allocation: 10}, {value: b, percentage_allocation: 10}]
        environments:
          Dev:
            multivariate:
              - {option: first, percentage_allocation: 5}
              - {option: 2, percentage_allocation: 5}
              - {option: third, percentage_allocation: 5}
`;

Deno.test("validate warns of options that only a live feature could have, --closed refuses them", async () => {
  assert.deepEqual(await validate(OPTION), {
    code: 0,
    out: "Valid: 5 entities in 1 file.\n",
    err:
      `<stdin>:15:26: warning: Option "third" of feature "f" is not declared in any file and must exist in the database [FP250]
   |
15 |               - {option: third, percentage_allocation: 5}
   |                          ^~~~~
   = hint: Its declared options are first, 2
`,
  });
  const closed = await validate(OPTION, "--closed");
  assert.equal(closed.code, 1);
  assert.match(
    closed.err,
    /error: Option "third" of feature "f" is not declared in any file \[FP251\]\n/,
  );
});

Deno.test("validate warns of conditions that can hardly match", async () => {
  const { code, err } = await validate(
    "version: '1.0'\nsegments:\n  - name: s\n    project: Web\n    rules: [{type: ALL, conditions: [{property: p, operator: MODULO, value: 4|5}]}]\n",
  );
  assert.equal(code, 0);
  assert.match(err, /warning: .* \[FP151\]/);
});

Deno.test("validate --mock-env uses placeholders for missing variables of every type", async () => {
  const text = `version: '1.0'
users: [{email: '\${MAIL}', is_superuser: '\${FLAG}', password: '\${PASSWORD}'}]
organisations: [{name: '\${NAME}', subscription: {seats: '\${SEATS}', billing_status: '\${STATUS}'}}]
`;
  assert.equal((await validate(text)).code, 1);
  assert.deepEqual(await validate(text, "--mock-env"), {
    code: 0,
    out: "Valid: 3 entities in 1 file.\n",
    err: "",
  });
});

Deno.test("validate --format json gives findings with code and place", async () => {
  const { code, out } = await validate(EXTERNAL, "--closed", "--format", "json");
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(out), {
    version: 1,
    diagnostics: [{
      code: "FP251",
      severity: "error",
      message: 'Project "Web" is not declared in any file',
      file: "<stdin>",
      line: 3,
      column: 24,
    }],
  });
});

const CONDITIONS = `version: '1.0'
segments:
  - name: s
    project: Web
    rules:
      - type: ALL
        conditions:
          - {property: joined, operator: GREATER_THAN_INCLUSIVE, value: 2024-01-01}
          - {property: share, operator: PERCENTAGE_SPLIT, value: 101}
          - {property: id, operator: MODULO, value: two}
          - {property: app, operator: LESS_THAN, value: '1.2:semver'}
          - {property: name, operator: REGEX, value: '\\N{UNKNOWN NAME}'}
          - {property: plan, operator: EQUAL}
          - {property: plan, operator: EQUAL, value: ''}
          - {property: plan, operator: IS_SET, value: None}
          - {property: country, operator: IN, value: [NO, SE]}
          - {property: '', operator: EQUAL, value: x}
          - {operator: IS_NOT_SET}
          - {operator: PERCENTAGE_SPLIT}
          - {property: plan, operator: IN}
`;

Deno.test("validate accepts conditions that the engine evaluates, and warns of those that never match", async () => {
  const { code, err } = await validate(CONDITIONS);
  assert.equal(code, 0, err);
  assert.deepEqual(
    err.split("\n").filter((line) => line.includes("[FP151]")).map((line) => line.replace("<stdin>:", "")),
    [
      "8:73: warning: The value of GREATER_THAN_INCLUSIVE is not a number, so it is compared as text, and a trait that is a number never matches [FP151]",
      "9:66: warning: PERCENTAGE_SPLIT above 100 always matches [FP151]",
      "10:53: warning: The value of MODULO is not divisor|remainder in numbers, so it never matches [FP151]",
      "11:57: warning: The value of LESS_THAN ends with :semver and is not a version [FP151]",
      "12:54: warning: The regular expression names a character (\\N{…}), and that there is one of this name is not checked [FP151]",
      "13:40: warning: Operator EQUAL has no value, so Flagsmith compares with the word None [FP151]",
      "17:24: warning: Operator EQUAL asks for a trait without a name, which no identity has [FP151]",
      "18:13: warning: Operator IS_NOT_SET asks for a trait without a name, which no identity has [FP151]",
      "19:24: warning: Operator PERCENTAGE_SPLIT has no value, so it never matches [FP151]",
      "20:40: warning: Operator IN has no value, so Flagsmith compares with the word None [FP151]",
    ],
  );
});

Deno.test("validate warns of what Flagsmith stores and nobody means", async () => {
  const { code, err } = await validate(`version: '1.0'
organisations: [{name: Acme, subscription: {seats: -1, api_calls: -5}}]
projects:
  - name: P
    organisation: Acme
    settings: {stale_flags_limit_days: -1, max_features_allowed: -2147483648, minimum_change_request_approvals: 0}
    features: [{name: f, type: ''}]
  - {name: Q, organisation: Acme, settings: {stale_flags_limit_days: 2147483647}}
  - {name: R, organisation: Acme, settings: {stale_flags_limit_days: -2147483648}}
environments:
  - {name: A, project: P, api_key: two words}
  - {name: B, project: P, api_key: schlüssel}
  - {name: C, project: P, api_key: 鍵, settings: {minimum_change_request_approvals: -1}}
`);
  assert.equal(code, 0, err);
  assert.deepEqual(
    [...err.matchAll(/^<stdin>:(\d+:\d+): warning: (.*) \[FP156\]$/gm)].map(([, at, text]) =>
      `${at} ${text}`
    ),
    [
      '2:52 "seats" is below 0, which Flagsmith stores and treats as 0',
      '2:67 "api_calls" is below 0, which Flagsmith stores and treats as 0',
      '6:40 "stale_flags_limit_days" is below 0, which Flagsmith stores and treats as 0',
      '6:66 "max_features_allowed" is below 0, which Flagsmith stores and treats as 0',
      '7:32 "type" is empty, which Flagsmith stores and treats as STANDARD',
      '8:70 "stale_flags_limit_days" reaches beyond the calendar, which Flagsmith stores and fails on where it tells the stage of flags',
      '9:70 "stale_flags_limit_days" reaches beyond the calendar, which Flagsmith stores and fails on where it tells the stage of flags',
      '13:36 "api_key" holds a character that no HTTP header takes, so no client can send the key',
      '13:84 "minimum_change_request_approvals" is below 0, which Flagsmith stores and treats as 0',
    ],
  );
});

Deno.test("a name that ends with a line break of a variable is refused with the variable", async () => {
  const { code, err } = await runCli(["validate", "-f", "-"], {
    stdin: "version: '1.0'\norganisations: [{name: '${ORGANISATION_NAME}'}]\n",
    env: { ORGANISATION_NAME: "Acme\r\n" },
  });
  assert.equal(code, 1);
  assert.equal(
    err.split("\n")[0],
    '<stdin>:2:24: error: "name" ends with a line break (from variable ORGANISATION_NAME), which Flagsmith would remove [FP111]',
  );
});

Deno.test("validate warns of secrets in published fields, and of white space that Flagsmith's API removes", async () => {
  const { code, err } = await runCli(["validate", "-f", "-", "--secret-env", "S"], {
    stdin: `version: '1.0'
users: [{email: a@example.com, password: '\${PW}'}]
features: [{name: f, project: P, initial_value: '\${S}', multivariate_options: [{value: '\${S}'}]}]
segments: [{name: s, project: P, rules: [{type: ALL, conditions: [{property: p, operator: EQUAL, value: '\${S}'}]}]}]
identities: [{identifier: ' lead', project: P, environment: E, traits: {' a': '\${S}'}}]
`,
    env: { S: "hunter2", PW: "correct horse\n" },
  });
  assert.equal(code, 0);
  assert.equal(err.includes("hunter2") || err.includes("correct"), false);
  assert.deepEqual(
    [...err.matchAll(/^<stdin>:(\d+:\d+): warning: (.*) \[(FP15[45])\]$/gm)].map((
      [, at, text, which],
    ) => [at, which, text]),
    [
      [
        "2:42",
        "FP155",
        '"password" has white space at its ends (from variable PW), which is removed, as Flagsmith does when somebody logs in',
      ],
      ["3:49", "FP154", `"initial_value" ${PUBLISHED}`],
      ["3:88", "FP154", `"value" ${PUBLISHED}`],
      ["4:105", "FP154", `"value" ${PUBLISHED}`],
      [
        "5:27",
        "FP155",
        `"identifier" has white space at its ends, which Flagsmith's API removes: it would not find this one`,
      ],
      [
        "5:73",
        "FP155",
        "A trait's key has white space at its ends, which Flagsmith's API removes: it would set another trait",
      ],
      ["5:79", "FP154", `"traits" ${PUBLISHED}`],
    ],
  );
});

const PUBLISHED = "is sent to SDKs and shown in the dashboard, so the secret in it is no longer a secret";

Deno.test("!ref refuses a secret and does not repeat it", async () => {
  const { code, err } = await runCli(["validate", "-f", "-", "--secret-env", "S"], {
    stdin: "version: '1.0'\nrows:\n  - {table: t, key: {id: 1}, set: {organisation_id: !ref '${S}'}}\n",
    env: { S: "hunter2" },
  });
  assert.equal(code, 1);
  assert.match(err, /\[FP117\]/);
  assert.equal(err.includes("hunter2"), false);
});
