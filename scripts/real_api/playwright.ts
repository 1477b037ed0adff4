/**
 * Flagsmith's own Playwright suite against a real API, with the reset between runs made by `serve`: the test process
 * sends its one teardown call there, the browser goes on talking to the API.
 */
import { join } from "node:path";
import { run } from "../build/process.ts";
import { program } from "../../tests/support/program.ts";
import type { Running } from "./application.ts";
import { freePort, type ServerProcess, startServerProcess } from "./server_process.ts";

/** The suite and a browser for it. */
export interface Suite {
  /** The `frontend` folder of a checkout, installed and bundled. */
  readonly frontend: string;
  /** Program of a Chromium. */
  readonly browser: string;
}

/** What a run of the suite came to. */
export interface SuiteResult {
  readonly passed: number;
  readonly skipped: number;
  /** Titles of the tests that failed, or what else went wrong. */
  readonly failed: readonly string[];
}

/** Client key of the environment with the flags that the suite wants. */
const DASHBOARD_KEY = "real-api-dashboard";

/** What `serve` and the API ask of the one who resets. */
export const E2E_TOKEN = "real-api-token";

/** The project whose flags the dashboard and the tests read; without them tests skip what they are about. */
export const DASHBOARD = {
  version: "1.0",
  organisations: [{ name: "Dashboard" }],
  projects: [{
    name: "Dashboard",
    organisation: "Dashboard",
    environments: [{ name: "Tests", api_key: DASHBOARD_KEY }],
    features: ["feature_versioning", "segment_any_rule_type", "try_it"].map((name) => ({
      name,
      default_enabled: true,
    })),
  }],
};

/** What the API needs beside its usual environment: the suite's token lifts limits, and mail goes nowhere. */
export const API_ENVIRONMENT = {
  DISABLE_ANALYTICS_FEATURES: "true",
  E2E_TEST_AUTH_TOKEN: E2E_TOKEN,
  EMAIL_BACKEND: "django.core.mail.backends.dummy.EmailBackend",
  ENABLE_FE_E2E: "true",
  TASK_RUN_METHOD: "SEPARATE_THREAD",
};

/** Starts `serve` for a database; gives its address. */
export async function startServe(
  databaseUrl: string,
  log: string,
): Promise<ServerProcess & { readonly origin: string }> {
  const { command, args } = program();
  const address = `127.0.0.1:${freePort()}`;
  const { stop } = await startServerProcess({
    command,
    args: [...args, "serve", "--preset", "e2e", "--listen", address],
    cwd: Deno.cwd(),
    env: {
      ...basics(),
      DATABASE_URL: databaseUrl,
      E2E_TEST_AUTH_TOKEN: E2E_TOKEN,
      ENABLE_FE_E2E: "true",
    },
    log,
    ready: `http://${address}/health`,
  });
  return { origin: `http://${address}`, stop };
}

/** Starts the server of the dashboard, which tells the browser where the API is; gives its port. */
export async function startDashboard(
  { frontend }: Suite,
  { origin }: Running,
  log: string,
): Promise<ServerProcess & { readonly port: number }> {
  const port = freePort();
  const { stop } = await startServerProcess({
    command: "node",
    args: ["./api/index"],
    cwd: frontend,
    env: {
      ...basics(),
      ...flagsOf(origin),
      DISABLE_ANALYTICS_FEATURES: "true",
      E2E: "true",
      E2E_TEST_TOKEN: E2E_TOKEN,
      ENABLE_FLAG_EVALUATION_ANALYTICS: "false",
      FLAGSMITH_API_URL: `${origin}/api/v1/`,
      NODE_ENV: "production",
      PORT: String(port),
      USE_SECURE_COOKIES: "false",
    },
    log,
    ready: `http://127.0.0.1:${port}/config/project-overrides`,
  });
  return { port, stop };
}

/** Runs the open-source part of the suite once. */
export async function runSuite(
  { frontend, browser }: Suite,
  addresses: { readonly api: string; readonly serve: string; readonly dashboardPort: number },
  directory: string,
): Promise<SuiteResult> {
  const config = join(directory, "playwright.config.cjs");
  const report = join(directory, "playwright.json");
  await Deno.writeTextFile(config, configuration(frontend, browser, directory, report, addresses.api));
  const playwright = join(frontend, "node_modules/@playwright/test/cli.js");
  const done = await run("node", [playwright, "test", "--config", config, "--grep", "@oss"], {
    ...basics(),
    ...flagsOf(addresses.api),
    E2E: "true",
    E2E_SKIP_RUN_FRONTEND: "1",
    E2E_TEST_TOKEN: E2E_TOKEN,
    FLAGSMITH_API_URL: `${addresses.serve}/api/v1/`,
    NODE_ENV: "production",
    NODE_PATH: join(frontend, "node_modules"),
    PORT: String(addresses.dashboardPort),
  }, true);
  await Deno.writeTextFile(join(directory, "playwright.log"), done.stdout + done.stderr);
  return readReport(JSON.parse(await Deno.readTextFile(report)), done.code);
}

/** One suite of Playwright's JSON report. */
interface ReportedSuite {
  readonly suites?: readonly ReportedSuite[];
  readonly specs?: readonly { readonly title: string; readonly ok: boolean; readonly file: string }[];
}

/** Playwright's JSON report, as far as it is read here. */
export interface Report extends ReportedSuite {
  readonly stats: { readonly expected: number; readonly skipped: number };
  readonly errors?: readonly { readonly message?: string }[];
}

/** What a report says; a run that ended badly without naming a test has failed, too. */
export function readReport(report: Report, exitCode: number): SuiteResult {
  const failed = [
    ...(report.errors ?? []).map(({ message }) => message?.split("\n")[0] ?? "an error outside of the tests"),
    ...specsOf(report).filter(({ ok }) => !ok).map(({ file, title }) => `${file}: ${title}`),
  ];
  if (failed.length === 0 && exitCode !== 0) failed.push(`Playwright exits with ${exitCode}`);
  if (failed.length === 0 && report.stats.expected === 0) failed.push("no test ran");
  return { passed: report.stats.expected, skipped: report.stats.skipped, failed };
}

function specsOf(suite: ReportedSuite): readonly { title: string; ok: boolean; file: string }[] {
  return [...suite.specs ?? [], ...(suite.suites ?? []).flatMap(specsOf)];
}

/**
 * A configuration on top of Flagsmith's own. The suite names Playwright's patched Firefox, which is a download of its
 * own; a Chromium of the system does as well. The test process reads the same overrides as the browser.
 */
function configuration(
  frontend: string,
  browser: string,
  directory: string,
  report: string,
  api: string,
): string {
  const text = (value: string) => JSON.stringify(value);
  return `globalThis.projectOverrides = {
  api: ${text(`${api}/api/v1/`)},
  flagsmith: ${text(DASHBOARD_KEY)},
  flagsmithClientAPI: ${text(`${api}/api/v1/`)},
};
const base = require(${text(join(frontend, "playwright.config.ts"))}).default;
const { devices } = require(${text(join(frontend, "node_modules/@playwright/test"))});
module.exports = {
  ...base,
  testDir: ${text(join(frontend, "e2e"))},
  outputDir: ${text(join(directory, "playwright-results"))},
  reporter: [["list"], ["json", { outputFile: ${text(report)} }]],
  retries: 0,
  workers: 1,
  use: { ...base.use, trace: "off", screenshot: "only-on-failure" },
  projects: [{
    name: "chromium",
    use: {
      ...devices["Desktop Chrome"],
      launchOptions: {
        executablePath: ${text(browser)},
        args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
      },
    },
  }],
};
`;
}

function flagsOf(api: string): Readonly<Record<string, string>> {
  return { FLAGSMITH_ON_FLAGSMITH_API_KEY: DASHBOARD_KEY, FLAGSMITH_ON_FLAGSMITH_API_URL: `${api}/api/v1/` };
}

/** What programs need to start at all. */
function basics(): Readonly<Record<string, string>> {
  const names = ["PATH", "HOME", "DENO_DIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
