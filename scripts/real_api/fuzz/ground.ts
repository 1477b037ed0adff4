/**
 * What draws stand on: an organisation on a plan without limits, with a project, its environment, and a feature with options.
 * Draws that are judged at one time stand on different grounds, so that none sees what another one makes.
 */
import type { Json } from "../../../tests/support/dump.ts";
import { auth } from "../check_accounts.ts";
import { type Answer, field, logIn, type Request, results, trySend } from "../client.ts";
import { provision } from "../sets.ts";
import type { World } from "../world.ts";
import type { Running } from "../application.ts";

/** Sends a request as the logged-in user. */
export type Ask = (request: Request) => Promise<Answer>;

/** Names and ids, as documents and requests need them. */
export interface Ground {
  /** Which of the grounds it is, from 0. */
  readonly at: number;
  readonly organisation: string;
  readonly project: string;
  readonly environment: string;
  /** A feature without options, and one with three, of 0 percent each. */
  readonly feature: string;
  readonly varied: string;
  readonly ids: {
    readonly organisation: Json;
    readonly project: Json;
    readonly environment: Json;
    readonly feature: Json;
    readonly varied: Json;
    readonly variedState: Json;
    /** The options of `varied` and their rows in `variedState`, in order. */
    readonly options: readonly { readonly option: Json; readonly share: Json }[];
  };
  /** The client-side key of the environment. */
  readonly key: string;
  readonly ask: Ask;
}

const EMAIL = "fuzz@example.com";
/** How many there are. */
export const GROUNDS = 4;

function namesOf(at: number) {
  return {
    organisation: `Fuzz ground ${at}`,
    project: `Ground ${at}`,
    environment: "Ground dev",
    feature: "ground_plain",
    varied: "ground_varied",
  };
}

/** Applies the document of all grounds. */
export async function applyGround(world: World, url: string, password: string): Promise<void> {
  const file = `${world.directory}/ground.json`;
  const all = Array.from({ length: GROUNDS }, (_, at) => namesOf(at));
  const document = {
    version: "1.0",
    users: [{ email: EMAIL, password }],
    organisations: all.map(({ organisation }) => ({
      name: organisation,
      subscription: { plan: "enterprise", seats: 100 },
      members: [{ email: EMAIL, role: "ADMIN" }],
    })),
    projects: all.map((names) => ({
      name: names.project,
      organisation: names.organisation,
      environments: [{ name: names.environment }],
      features: [
        { name: names.feature, initial_value: "ground" },
        {
          name: names.varied,
          initial_value: "ground",
          multivariate_options: ["a", "b", "c"].map((value) => ({ value, percentage_allocation: 0 })),
        },
      ],
    })),
  };
  await Deno.writeTextFile(file, JSON.stringify(document));
  await provision(["apply", "--file", file], url);
}

/** Logs in and asks the API for the ids. */
export async function readGrounds(
  { origin }: Running,
  password: string,
  e2eToken: string,
): Promise<readonly Ground[]> {
  const token = await logIn(origin, EMAIL, password);
  if (token === undefined) throw new Error("The API refuses the log-in of the ground's user");
  const headers = { ...auth(token), "X-E2E-Test-Auth-Token": e2eToken };
  const ask: Ask = async (request) =>
    await trySend(origin, { ...request, headers: { ...headers, ...request.headers } });
  const grounds: Ground[] = [];
  for (let at = 0; at < GROUNDS; at++) grounds.push(await readGround(at, ask));
  return grounds;
}

async function readGround(at: number, ask: Ask): Promise<Ground> {
  const names = namesOf(at);
  const list = async (path: string): Promise<readonly Json[]> => {
    const { status, body } = await ask({ method: "GET", path });
    if (status !== 200) throw new Error(`GET ${path} answers ${status}`);
    return results(body);
  };
  const organisation = idOf(await list("/api/v1/organisations/"), names.organisation);
  const project = idOf(await list("/api/v1/projects/"), names.project);
  const environment = one(await list(`/api/v1/environments/?project=${project}`), names.environment);
  const key = String(field(environment, "api_key"));
  const features = await list(`/api/v1/projects/${project}/features/`);
  const feature = idOf(features, names.feature);
  const varied = idOf(features, names.varied);
  const states = await list(`/api/v1/environments/${key}/featurestates/`);
  const state = states.find((one) => field(one, "feature") === varied) ?? null;
  return {
    at,
    ...names,
    key,
    ask,
    ids: {
      organisation,
      project,
      environment: field(environment, "id"),
      feature,
      varied,
      variedState: field(state, "id"),
      options: results(field(state, "multivariate_feature_state_values"))
        .map((share) => ({ option: field(share, "multivariate_feature_option"), share: field(share, "id") }))
        .sort((a, b) => Number(a.option) - Number(b.option)),
    },
  };
}

function one(items: readonly Json[], name: string): Json {
  const found = items.find((item) => field(item, "name") === name);
  if (found === undefined) throw new Error(`The API does not list "${name}"`);
  return found;
}

function idOf(items: readonly Json[], name: string): Json {
  return field(one(items, name), "id");
}
