/** Identities with traits, as an SDK sends them. */
import { pythonStrip } from "../../../../src/flagsmith/python/strip.ts";
import type { Json } from "../../../../tests/support/dump.ts";
import type { Draw } from "../../../../tests/support/random_set/draw.ts";
import { field, results } from "../../client.ts";
import { oddName, oddText } from "../odd_texts.ts";
import type { Subject } from "../trial.ts";

function traitValue(draw: Draw): Json {
  return draw.pick<() => Json>([
    () => oddText(draw, 2000),
    () => draw.pick([0, 1, -1, 42, 2147483647, -2147483648, 2147483648, -2147483649]),
    () => draw.pick([1.5, 0.1, 1e300, -1e-300, 1e-7, 123456789.123]),
    () => draw.chance(0.5),
  ])();
}

/** Identities of the ground's environment. */
export const identity: Subject = {
  name: "identity",
  draw(draw, ground) {
    const identifier = oddName(draw, 2000);
    const traits: Record<string, Json> = Object.fromEntries(
      draw.many(
        0,
        3,
        () => [draw.chance(0.5) ? draw.pick(["plan", "age"]) : oddText(draw, 200), traitValue(draw)],
      ),
    );
    const base = `/api/v1/environments/${ground.key}/identities/`;
    return {
      document: {
        identities: [{ identifier, project: ground.project, environment: ground.environment, traits }],
      },
      request: {
        method: "POST",
        path: "/api/v1/identities/",
        headers: { "X-Environment-Key": ground.key },
        body: {
          identifier,
          traits: Object.entries(traits).map(([trait_key, trait_value]) => ({ trait_key, trait_value })),
        },
      },
      // Without an identifier the API answers for somebody whom it forgets.
      use: (answer) => pythonStrip(identifier) === "" ? Promise.resolve(answer) : Promise.resolve(undefined),
      undo: async (_answer, ask) => {
        const { body } = await ask({ method: "GET", path: base });
        for (const one of results(body)) await ask({ method: "DELETE", path: `${base}${field(one, "id")}/` });
      },
    };
  },
};
