/** Exports of a test's database. */
import assert from "node:assert/strict";
import { type CliResult, runCli } from "./run_cli.ts";

/** Exports an organisation without any warning and gives the text. */
export async function exportOf(
  databaseUrl: string,
  organisation: string,
  ...args: readonly string[]
): Promise<string> {
  const { code, out, err } = await exportResult(databaseUrl, organisation, ...args);
  assert.equal(err.replace(/^note: Secrets are not exported.*\n/, ""), "");
  assert.equal(code, 0);
  return out;
}

/** Exports an organisation and gives everything that the run said. */
export function exportResult(
  databaseUrl: string,
  organisation: string,
  ...args: readonly string[]
): Promise<CliResult> {
  return runCli(["export", `--organisation=${organisation}`, ...args], { databaseUrl });
}

/** The variables that an export asks for, each with a value that its field takes. */
export function secretsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(password|key): "\$\{(\w+)\}"/g)].map(([, field = "", name = ""], at) => [
      name,
      field === "password" ? "correct horse" : keyFor(text, name, at),
    ]),
  );
}

/** Master keys are in the list of that name, server-side keys in theirs. */
function keyFor(text: string, name: string, at: number): string {
  const before = text.slice(0, text.indexOf(`\${${name}}`));
  const isMaster =
    before.lastIndexOf("master_api_keys:") > before.lastIndexOf("server_side_environment_keys:");
  return isMaster ? `${String(at).padStart(8, "k")}.ABCDEFGHIJKLMNOPQRSTUVWXYZ` : `ser.key${at}`;
}
