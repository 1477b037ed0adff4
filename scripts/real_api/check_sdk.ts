/** Proof of a set by what SDKs are answered: every recorded request is sent again, in the recorded order. */
import { join } from "node:path";
import postgres from "postgres";
import type { Running } from "./application.ts";
import { send } from "./client.ts";
import type { Outcome } from "./outcome.ts";
import { differences, type SdkRecording } from "./sdk_answers.ts";
import { provision } from "./sets.ts";

const FOLDER = new URL("../../tests/data/recordings/sdk/", import.meta.url);

/** The recordings of a data set, one an environment, by name. */
export async function sdkRecordings(dataset: string): Promise<readonly SdkRecording[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (name.startsWith(`${dataset}.`) && name.endsWith(".json")) names.push(name);
  }
  if (names.length === 0) throw new Error(`There is no recording of SDK answers for "${dataset}"`);
  return await Promise.all(
    names.sort().map(async (name) => {
      const recording: SdkRecording = JSON.parse(await Deno.readTextFile(new URL(name, FOLDER)));
      return recording;
    }),
  );
}

/** The server-side key that an environment gets for the check. */
function serverKey(environment: string): string {
  return `ser.real-api-${environment.toLowerCase()}`;
}

/**
 * Gives each recorded environment a server-side key of a chosen value, by the program, since the recordings have
 * requests that need one.
 */
export async function addServerKeys(
  recordings: readonly SdkRecording[],
  databaseUrl: string,
  directory: string,
): Promise<void> {
  const file = join(directory, "server-keys.json");
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      version: "1.0",
      server_side_environment_keys: recordings.map(({ organisation, project, environment }) => ({
        name: "real-api",
        key: serverKey(environment),
        organisation,
        project,
        environment,
      })),
    }),
  );
  await provision(["apply", "--file", file], databaseUrl);
}

/** Sends every recorded request and compares the answer; one check a request. */
export async function checkSdk(
  recordings: readonly SdkRecording[],
  databaseUrl: string,
  { origin }: Running,
  outcome: Outcome,
): Promise<void> {
  for (const recording of recordings) {
    const clientKey = await clientKeyOf(recording, databaseUrl);
    for (const { name, method, path, key, body, status, response } of recording.requests) {
      const answer = await send(origin, {
        method,
        path,
        headers: { "X-Environment-Key": key === "client" ? clientKey : serverKey(recording.environment) },
        ...(body === undefined ? {} : { body }),
      });
      const problems = differences(response, answer.body, clientKey);
      if (answer.status !== status) {
        outcome.check(`${recording.environment}: ${name}`, [
          `status: wanted ${status}, got ${answer.status}`,
          ...problems,
        ]);
      } else outcome.check(`${recording.environment}: ${name} (${method} ${path}, ${key} key)`, problems);
    }
  }
}

async function clientKeyOf(recording: SdkRecording, databaseUrl: string): Promise<string> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<{ api_key: string }[]>`
      select e.api_key from environments_environment e
        join projects_project p on p.id = e.project_id
        join organisations_organisation o on o.id = p.organisation_id
       where o.name = ${recording.organisation} and p.name = ${recording.project} and e.name = ${recording.environment}
         and e.deleted_at is null and p.deleted_at is null and o.deleted_at is null`;
    const [row] = rows;
    if (row === undefined || rows.length > 1) {
      throw new Error(`There are ${rows.length} environments "${recording.environment}" instead of one`);
    }
    return row.api_key;
  } finally {
    await sql.end();
  }
}
