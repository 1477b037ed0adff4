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

/** The answer to a server-side SDK that asks for the environment, if that fails. */
export async function refusesSdk({ serverKey }: Ground, ask: Ask): Promise<Answer | undefined> {
  const answer = await ask({
    method: "GET",
    path: "/api/v1/environment-document/",
    headers: { "X-Environment-Key": serverKey },
  });
  return answer.status === 200 ? undefined : answer;
}

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
  /** Addresses: who owns the ground, a member without rights, and somebody who is no member. */
  readonly users: { readonly owner: string; readonly member: string; readonly outsider: string };
  /** Groups of its organisation and of another one. */
  readonly groups: { readonly own: string; readonly foreign: string };
  readonly tag: string;
  /** Segments of the project: for all features, for `feature` only, for `varied` only. */
  readonly segments: readonly string[];
  readonly ids: {
    readonly users: { readonly owner: Json; readonly member: Json; readonly outsider: Json };
    readonly groups: { readonly own: Json; readonly foreign: Json };
    readonly tag: Json;
    readonly segments: readonly Json[];
    readonly organisation: Json;
    readonly project: Json;
    readonly environment: Json;
    readonly feature: Json;
    readonly varied: Json;
    readonly variedState: Json;
    /** The options of `varied` and their rows in `variedState`, in order. */
    readonly options: readonly { readonly option: Json; readonly share: Json }[];
  };
  /** The client-side key of the environment, and a server-side one. */
  readonly key: string;
  readonly serverKey: string;
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
    users: { owner: EMAIL, member: memberOf(at), outsider: memberOf((at + 1) % GROUNDS) },
    groups: { own: groupOf(at), foreign: groupOf((at + 1) % GROUNDS) },
    tag: "ground tag",
    serverKey: `ser.fuzz-ground-${at}`,
    segments: ["ground any", "ground plain only", "ground varied only"],
  };
}

function groupOf(at: number): string {
  return `Ground group ${at}`;
}

function memberOf(at: number): string {
  return `member${at}@example.com`;
}

const RULES = [{ type: "ALL", conditions: [{ property: "plan", operator: "EQUAL", value: "x" }] }];

/** Applies the document of all grounds. */
export async function applyGround(world: World, url: string, password: string): Promise<void> {
  const file = `${world.directory}/ground.json`;
  const all = Array.from({ length: GROUNDS }, (_, at) => namesOf(at));
  const document = {
    version: "1.0",
    users: [{ email: EMAIL, password }, ...all.map(({ users }) => ({ email: users.member }))],
    organisations: all.map(({ organisation, users, groups }) => ({
      name: organisation,
      subscription: { plan: "enterprise", seats: 100 },
      members: [{ email: EMAIL, role: "ADMIN" }, { email: users.member, role: "USER" }],
      groups: [{ name: groups.own }],
    })),
    projects: all.map((names) => ({
      name: names.project,
      organisation: names.organisation,
      environments: [{
        name: names.environment,
        server_side_environment_keys: [{ name: "ground", key: names.serverKey }],
      }],
      tags: [{ label: names.tag }],
      segments: names.segments.map((name, at) => ({
        name,
        rules: RULES,
        ...(at === 0 ? {} : { feature: at === 1 ? names.feature : names.varied }),
      })),
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
  const organisations = await list("/api/v1/organisations/");
  const organisation = idOf(organisations, names.organisation);
  const userOf = async (one: Json, email: string) =>
    idOf(await list(`/api/v1/organisations/${one}/users/`), email, "email");
  const other = idOf(organisations, namesOf((at + 1) % GROUNDS).organisation);
  const project = idOf(await list("/api/v1/projects/"), names.project);
  const environment = one(await list(`/api/v1/environments/?project=${project}`), names.environment);
  const key = String(field(environment, "api_key"));
  const features = await list(`/api/v1/projects/${project}/features/`);
  const segments = await list(`/api/v1/projects/${project}/segments/`);
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
      users: {
        owner: await userOf(organisation, names.users.owner),
        member: await userOf(organisation, names.users.member),
        outsider: await userOf(other, names.users.outsider),
      },
      groups: {
        own: idOf(await list(`/api/v1/organisations/${organisation}/groups/`), names.groups.own),
        foreign: idOf(await list(`/api/v1/organisations/${other}/groups/`), names.groups.foreign),
      },
      tag: idOf(await list(`/api/v1/projects/${project}/tags/`), names.tag, "label"),
      segments: names.segments.map((name) => idOf(segments, name)),
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

function one(items: readonly Json[], name: string, by = "name"): Json {
  const found = items.find((item) => field(item, by) === name);
  if (found === undefined) throw new Error(`The API does not list "${name}"`);
  return found;
}

function idOf(items: readonly Json[], name: string, by = "name"): Json {
  return field(one(items, name, by), "id");
}
