/** Features with options, a further option with a key, and states with shares. */
import type { Json } from "../../../../tests/support/dump.ts";
import type { Draw } from "../../../../tests/support/random_set/draw.ts";
import { field } from "../../client.ts";
import { defined } from "../fields.ts";
import { refusesSdk } from "../ground.ts";
import { oddName, oddText } from "../odd_texts.ts";
import type { Subject } from "../trial.ts";

/** Texts that are typed, and numbers at the ends of 32 bits. */
export function anyValue(draw: Draw): Json {
  return draw.pick<() => Json>([
    () => oddText(draw, 20_000),
    () =>
      draw.pick([
        "007",
        "1_000",
        " 12 ",
        "\u0661\u0662",
        "true",
        "False",
        "1.50",
        "",
        "null",
        "2147483648",
        "-0",
      ]),
    () => draw.pick([0, 1, -1, 42, 2147483647, -2147483648, 2147483648, -2147483649]),
    () => draw.chance(0.5),
  ])();
}

/** Shares of some options: alone, and in sums around 100. */
export function shares(draw: Draw, count: number): readonly number[] {
  if (count === 0) return [];
  if (draw.chance(0.2)) {
    return Array.from(
      { length: count },
      () => draw.pick([0, 100, 50, 33.3, 33.4, 0.1, 1e-7, 100.5, -1, -0, 12.345678]),
    );
  }
  const digits = draw.pick([1, 10, 100, 1000]);
  const cuts = Array.from({ length: count - 1 }, () => draw.below(100 * digits + 1)).sort((a, b) => a - b);
  const parts = [...cuts, 100 * digits].map((cut, at) => (cut - (cuts[at - 1] ?? 0)) / digits);
  if (draw.chance(0.6)) return parts;
  const nudged = draw.below(count);
  return parts.map((part, at) =>
    at === nudged ? part + draw.pick([0.001, -0.001, 1e-13, -1e-13, 1e-15, 1]) : part
  );
}

/** The columns of an option's value, as the dashboard sends them. */
export function typed(value: Json): Record<string, Json> {
  if (typeof value === "boolean") return { type: "bool", boolean_value: value };
  if (typeof value === "number") return { type: "int", integer_value: value };
  return { type: "unicode", string_value: value };
}

/** New features. */
export const feature: Subject = {
  name: "feature",
  draw(draw, ground) {
    const parts = shares(draw, draw.chance(0.5) ? 0 : draw.from(1, 4));
    const options = parts.map((share) => ({
      value: anyValue(draw),
      share: draw.chance(0.93) ? share : undefined,
    }));
    const fields = defined({
      name: oddName(draw, 2000, 0.6),
      description: draw.maybe(0.2, () => oddText(draw)),
      type: draw.maybe(0.2, () => draw.pick(["STANDARD", "MULTIVARIATE", "standard", ""])),
      default_enabled: draw.maybe(0.5, () => draw.chance(0.5)),
      is_archived: draw.maybe(0.2, () => draw.chance(0.5)),
      is_server_key_only: draw.maybe(0.2, () => draw.chance(0.5)),
    });
    const initial = draw.maybe(0.7, () => anyValue(draw));
    const owners = draw.chance(0.85) ? [] : draw.some(
      ["owner", "owner", ...(draw.chance(0.3) ? ["member", "outsider"] as const : [])] as const,
      1,
      2,
    );
    const links = {
      tags: draw.chance(0.1),
      group: draw.maybe(0.15, () => draw.pick(["own", "own", "foreign"] as const)),
      owners: [...new Set(owners)],
    };
    return {
      document: {
        features: [{
          ...fields,
          ...defined({ initial_value: initial }),
          project: ground.project,
          ...(links.tags ? { tags: [ground.tag] } : {}),
          ...(links.group === undefined ? {} : { group_owners: [ground.groups[links.group]] }),
          ...(links.owners.length === 0 ? {} : { owners: links.owners.map((who) => ground.users[who]) }),
          ...(options.length === 0 ? {} : {
            multivariate_options: options.map(({ value, share }) =>
              defined({ value, percentage_allocation: share })
            ),
          }),
        }],
      },
      request: {
        method: "POST",
        path: `/api/v1/projects/${ground.ids.project}/features/`,
        body: {
          ...fields,
          // The program takes the source text of a number or boolean, whose text for Python would be another one.
          ...defined({ initial_value: initial === undefined ? undefined : String(initial) }),
          project: ground.ids.project,
          ...(links.tags ? { tags: [ground.ids.tag] } : {}),
          ...(links.group === undefined ? {} : { group_owners: [ground.ids.groups[links.group]] }),
          ...(links.owners.length === 0 ? {} : { owners: links.owners.map((who) => ground.ids.users[who]) }),
          ...(options.length === 0 ? {} : {
            multivariate_options: options.map(({ value, share }) =>
              defined({ ...typed(value), default_percentage_allocation: share })
            ),
          }),
        },
      },
      use: (_answer, ask) => refusesSdk(ground, ask),
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: `/api/v1/projects/${ground.ids.project}/features/${field(body, "id")}/`,
        }),
    };
  },
};

/** A fourth option of the feature whose other three have no share, with a key. */
export const option: Subject = {
  name: "option",
  draw(draw, ground) {
    const value = anyValue(draw);
    const share = draw.pick([0, 1, 50, 99.999, 100, 100.0000001, 100.5, -1, -0.0001]);
    const key = draw.maybe(
      0.9,
      () => draw.chance(0.3) ? draw.pick(["blue", "Control", "control", "a_b-1", "1"]) : oddText(draw, 255),
    );
    const rest = ["a", "b", "c"].map((one) => ({ value: one, percentage_allocation: 0 }));
    return {
      document: {
        features: [{
          name: ground.varied,
          project: ground.project,
          multivariate_options: [...rest, defined({ value, key, percentage_allocation: share })],
        }],
      },
      request: {
        method: "POST",
        path: `/api/v1/projects/${ground.ids.project}/features/${ground.ids.varied}/mv-options/`,
        body: defined({
          feature: ground.ids.varied,
          ...typed(value),
          key,
          default_percentage_allocation: share,
        }),
      },
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: `/api/v1/projects/${ground.ids.project}/features/${ground.ids.varied}/mv-options/${
            field(body, "id")
          }/`,
        }),
    };
  },
};

/** The state of the feature with options in the environment of the ground: value and shares. */
export const state: Subject = {
  name: "state",
  draw(draw, ground) {
    const value = anyValue(draw);
    const enabled = draw.chance(0.5);
    const parts = shares(draw, 3);
    return {
      document: {
        feature_states: [{
          feature: ground.varied,
          project: ground.project,
          environment: ground.environment,
          enabled,
          value,
          multivariate: parts.map((share, at) => ({ option: at + 1, percentage_allocation: share })),
        }],
      },
      request: {
        method: "PUT",
        path: `/api/v1/environments/${ground.key}/featurestates/${ground.ids.variedState}/`,
        body: {
          feature: ground.ids.varied,
          environment: ground.ids.environment,
          enabled,
          feature_state_value: value,
          multivariate_feature_state_values: ground.ids.options.map(({ option, share }, at) => ({
            id: share,
            multivariate_feature_option: option,
            percentage_allocation: parts[at] ?? 0,
          })),
        },
      },
      use: (_answer, ask) => refusesSdk(ground, ask),
      undo: async (_answer, ask) =>
        await ask({
          method: "PUT",
          path: `/api/v1/environments/${ground.key}/featurestates/${ground.ids.variedState}/`,
          body: {
            feature: ground.ids.varied,
            environment: ground.ids.environment,
            enabled: false,
            feature_state_value: "ground",
            multivariate_feature_state_values: ground.ids.options.map(({ option, share }) => ({
              id: share,
              multivariate_feature_option: option,
              percentage_allocation: 0,
            })),
          },
        }),
    };
  },
};
