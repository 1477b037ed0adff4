import assert from "node:assert/strict";
import { runCli } from "../../tests/support/run_cli.ts";
import { processIo } from "./io.ts";
import { allCommands } from "./command_tree.ts";
import { buildProgram } from "./program.ts";

const ORGANISATION = "version: '1.0'\norganisations: [{name: Acme}]\n";
const HINT = "   = hint: flagsmith-provision --help lists commands and options\n";

/** Arguments, environment → the words after `error: `; every one of them is wrong usage. */
const MISTAKES:
  readonly (readonly [args: string, message: string, env?: Readonly<Record<string, string>>])[] = [
    ["--dryrun", 'Unknown option "--dryrun". Did you mean "--dry-run"?'],
    ["apply --fil x", 'Unknown option "--fil". Did you mean "--file"?'],
    [
      "--database-ur=postgres://u:hunter2@h/d",
      'Unknown option "--database-ur". Did you mean "--database-url"?',
    ],
    ["--frobnicate", 'Unknown option "--frobnicate"'],
    ["validate -x", "Unknown option '-x'"],
    ["validate -xhunter2", "Unknown option '-x'"],
    ["aply", 'Unknown command "aply". Did you mean "apply"?'],
    ["APPLY", 'Unknown command "APPLY". Did you mean "apply"?'],
    ["frobnicate", 'Unknown command "frobnicate"'],
    ["postgres://u:hunter2@h/d", "Unknown command"],
    ["help aply", 'Unknown command "aply". Did you mean "apply"?'],
    ["--file", 'Option "--file" needs a value'],
    ["validate --format", 'Option "--format" needs a value'],
    ["--outputs --dry-run -f -", 'Option "--outputs" needs a value, and "--dry-run" is an option'],
    ["--outputs -q", 'Option "--outputs" needs a value, and "-q" is an option'],
    ["-f --quiet=x", 'Option "-f" needs a value, and "--quiet" is an option'],
    ["--dry-run=yes", 'Option "--dry-run" takes no value'],
    ["apply extra", "Too many arguments for 'apply'. Expected 0 arguments but got 1"],
    ["--dry-run postgres://u:hunter2@h/d", "Too many arguments for 'apply'. Expected 0 arguments but got 1"],
    ["apply a.yaml", "A file is named with --file FILE, or -f FILE"],
    ["validate -- --file", "Too many arguments for 'validate'. Expected 0 arguments but got 1"],
    ["export", "Required option '--organisation <name>' not specified"],
    ["reset-link", "Missing required argument 'email'"],
    ["reset-link a b", "Too many arguments for 'reset-link'. Expected 1 argument but got 2"],
    ["log ini", 'Unknown log command "ini". Did you mean "init"?'],
    ["log init prune", "Too many arguments for 'init'. Expected 0 arguments but got 1"],
    ["log init --before 7d", 'Option "--before" belongs to log prune, not to log init'],
    [
      "log --since yesterday",
      "Option '--since <time>' argument is invalid. It takes a time such as 2026-01-31, 2026-01-31T12:00:00Z or 24h",
    ],
    ["log --limit 0", "Option '--limit <count>' argument is invalid. It takes a number from 1 on, or all"],
    ["validate --dry-run", 'Option "--dry-run" belongs to apply, not to validate'],
    ["--mock-env", 'Option "--mock-env" belongs to validate, not to apply'],
    ["reset-link a@example.com --preset bootstrap", 'Option "--preset" belongs to apply, not to reset-link'],
    [
      "--lock-timeout 60x",
      "Option '--lock-timeout <duration>' argument is invalid. It takes a duration such as 500ms, 60s or 5m; a number alone is seconds",
    ],
    [
      "--lock-timeout 600h",
      "Option '--lock-timeout <duration>' argument is invalid. It takes 24 days at most",
    ],
    [
      "--connect-timeout -1s",
      "Option '--connect-timeout <duration>' argument is invalid. It takes a duration such as 500ms, 60s or 5m; a number alone is seconds",
    ],
    [
      "--outputs-mode rw",
      "Option '--outputs-mode <mode>' argument is invalid. It takes an octal file mode such as 0600",
    ],
    [
      "--format yaml",
      "Option '--format <format>' argument is invalid. Allowed choices are text, json, jsonl",
    ],
    [
      "--on-exists Update",
      "Option '--on-exists <policy>' argument is invalid. Allowed choices are skip, update, fail",
    ],
    [
      "--reset-links none",
      "Option '--reset-links <whose>' argument is invalid. Allowed choices are superusers, all",
    ],
    [
      "--secret-env hunter-2",
      "Option '--secret-env <name>' argument is invalid. It takes the name of an environment variable, not its value",
    ],
    [
      "serve --listen 8001",
      "Option '--listen <address>' argument is invalid. It takes HOST:PORT such as 127.0.0.1:8001",
    ],
    [
      "serve --upstream http://u:hunter2@h/",
      "Option '--upstream <url>' argument is invalid. It takes http://HOST:PORT or https://HOST:PORT, without path or password",
    ],
    ["-f -", "FLAGSMITH_PROVISION_DRY_RUN takes true or false", { FLAGSMITH_PROVISION_DRY_RUN: "ture" }],
    ["-f -", "FLAGSMITH_PROVISION_NO_COLOR takes true or false", { FLAGSMITH_PROVISION_NO_COLOR: "2" }],
    ["-f -", "Option '--format <format>' argument is invalid. Allowed choices are text, json, jsonl", {
      FLAGSMITH_PROVISION_FORMAT: "xml",
    }],
    [
      "-f -",
      "Option '--lock-timeout <duration>' argument is invalid. It takes a duration such as 500ms, 60s or 5m; a number alone is seconds",
      {
        FLAGSMITH_PROVISION_LOCK_TIMEOUT: "forever",
      },
    ],
  ];

for (const [args, message, env] of MISTAKES) {
  const shown = [...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`), args].join(" ");
  Deno.test(`main() refuses ${shown}`, async () => {
    const result = await runCli(args.split(" "), { env: env ?? {}, stdin: ORGANISATION });
    assert.deepEqual(result, { code: 64, out: "", err: `error: ${message}\n${HINT}` });
  });
}

Deno.test("main() applies nothing that was not named, and names the shipped sets", async () => {
  for (const args of [[], ["apply"], ["validate"], ["--dry-run"], ["--quiet"]]) {
    assert.deepEqual(await runCli(args, {}), {
      code: 64,
      out: "",
      err:
        "error: No input was given [FP501]\n   = hint: Give --directory DIR, --file FILE or --preset NAME (bootstrap, demo, dev, e2e, flagsmith-on-flagsmith), or put YAML files into ./provisioning\n",
    });
  }
});

Deno.test("main() suggests the shipped set for a mistyped one", async () => {
  assert.deepEqual(await runCli(["--preset", "bootstap"], {}), {
    code: 64,
    out: "",
    err: 'error: There is no shipped set "bootstap" [FP502]\n   = hint: Did you mean "bootstrap"?\n',
  });
});

Deno.test("main() refuses files and directories that are not there, also when the environment names them", async () => {
  const missing = (err: string) => ({
    code: 1,
    out: "",
    err: `error: ${err}1 error; nothing was changed.\n`,
  });
  const noFile = missing('File "nowhere.yaml" does not exist [FP001]\n');
  const noDirectory = missing(
    'Directory "nowhere" does not exist [FP002]\n  = hint: Allow it with --allow-empty\n',
  );
  assert.deepEqual(await runCli(["-f", "nowhere.yaml"], {}), noFile);
  assert.deepEqual(await runCli([], { env: { FLAGSMITH_PROVISION_FILE: "nowhere.yaml" } }), noFile);
  assert.deepEqual(await runCli(["-d", "nowhere"], {}), noDirectory);
  assert.deepEqual(await runCli([], { env: { PROVISIONING_DIRECTORY: "nowhere" } }), noDirectory);
});

Deno.test("main() takes options from the environment, and those of the command line first", async () => {
  const strict = "version: '1.0'\norganisations: [{name: Acme, description: Ours}]\n";
  const validate = async (value: string, ...args: readonly string[]) =>
    (await runCli(["validate", "-f", "-", ...args], {
      env: { FLAGSMITH_PROVISION_STRICT: value },
      stdin: strict,
    })).code;
  for (const on of ["1", "true", "TRUE", "yes", "on"]) assert.equal(await validate(on), 1, on);
  for (const off of ["", "0", "false", "No", "off"]) assert.equal(await validate(off), 0, off);
  assert.equal(await validate("false", "--strict"), 1);

  const text = "Valid: 1 entity in 1 file.\n";
  const json = {
    env: { FLAGSMITH_PROVISION_FORMAT: "json", FLAGSMITH_PROVISION_FILE: "-" },
    stdin: ORGANISATION,
  };
  assert.equal(JSON.parse((await runCli(["validate"], json)).out).valid, true);
  for (const given of [["--format", "text"], ["--format=text"]]) {
    assert.equal((await runCli(["validate", ...given], json)).out, text);
  }
});

const HELPS = [
  ["--help"],
  ...allCommands(buildProgram(processIo(), { exitCode: 0 })).map(({ words }) => [...words, "--help"]),
];

for (const args of HELPS) {
  const name = args.join("_").replaceAll("-", "");
  Deno.test(`main() prints the help for ${args.join(" ")}`, async () => {
    const path = new URL(`../../tests/golden/help/${name}.txt`, import.meta.url);
    const { code, out, err } = await runCli(args, { env: { FLAGSMITH_PROVISION_DRY_RUN: "garbage" } });
    if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(path, out);
    assert.deepEqual(out.split("\n"), (await Deno.readTextFile(path)).split("\n"));
    assert.deepEqual([code, err], [0, ""]);
    const [command = "", flag, third] = args;
    if (third !== undefined) return;
    if (flag !== undefined) assert.deepEqual(await runCli(["help", command], {}), { code, out, err });
    else assert.deepEqual(await runCli(["help"], {}), { code, out, err });
  });
}

Deno.test("main() prints its version", async () => {
  const { code, out } = await runCli(["--version"], {});
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+\S*\n$/);
});

Deno.test("main() refuses variables that are meant for an option, and warns of others but those of Kubernetes", async () => {
  const of = async (args: string, ...names: readonly string[]) => {
    const env = Object.fromEntries(names.map((name) => [`FLAGSMITH_PROVISION_${name}`, "true"]));
    const { code, err } = await runCli([...args.split(" "), "-f", "-"], { stdin: ORGANISATION, env });
    return [code, err];
  };
  assert.deepEqual(await of("validate", "DRYRUN"), [
    64,
    "error: FLAGSMITH_PROVISION_DRYRUN is not a variable of the program [FP512]\n   = hint: Did you mean FLAGSMITH_PROVISION_DRY_RUN?\n",
  ]);
  assert.deepEqual((await of("validate", "LOCK_TIMEOUTS"))[0], 64);
  assert.deepEqual((await of("validate", "dry_run"))[0], 64);
  assert.deepEqual(await of("validate", "COLOUR_OF_THE_SKY"), [
    0,
    "warning: FLAGSMITH_PROVISION_COLOUR_OF_THE_SKY is not a variable of the program and is ignored [FP512]\n",
  ]);
  assert.deepEqual((await of("validate --strict", "COLOUR_OF_THE_SKY"))[0], 64);
  assert.deepEqual(
    await of(
      "validate --strict",
      "PROTECT",
      "RELOAD_TOKEN",
      "DRY_RUN",
      "SERVICE_HOST",
      "SERVICE_PORT",
      "SERVICE_PORT_HTTP",
      "PORT",
      "PORT_8001_TCP",
      "PORT_8001_TCP_ADDR",
      "PORT_8001_TCP_PORT",
      "PORT_8001_TCP_PROTO",
      "E2E_SERVICE_HOST",
      "E2E_PORT",
    ),
    [0, ""],
  );
});

Deno.test("main() refuses a variable of an option whose beginning is misspelt, and leaves those of others alone", async () => {
  const codeOf = async (name: string) =>
    (await runCli(["validate", "-f", "-"], { stdin: ORGANISATION, env: { [name]: "true" } })).code;
  for (
    const name of [
      "FLAGSMITH_PROVISIONING_DRY_RUN",
      "FLAGSMITH_PROVISIONER_DRY_RUN",
      "FLAGSMITH_PROVISON_DRY_RUN",
      "FLAGSMITHPROVISION_DRY_RUN",
      "FLAGSMITH_PROVISIONDRY_RUN",
      "FLAGSMITH_PROVISIONING_ON_EXISTS",
    ]
  ) assert.equal(await codeOf(name), 64, name);
  for (
    const name of [
      "FLAGSMITH_PORT",
      "FLAGSMITH_PORT_8000_TCP_ADDR",
      "FLAGSMITH_PROVISIONING_DIRECTORIES",
      "FLAGSMITH_PROXY_FORMAT",
      "FLAGSMITH_PROVISIONING",
    ]
  ) assert.equal(await codeOf(name), 0, name);
});
