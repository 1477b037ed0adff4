/** Small sets in which keys, names, groups and places change hands: what one entity gives up by its removal, another takes. */
import { Draw } from "./draw.ts";

/** A document of the format, without its version. */
export type Document = Readonly<Record<string, unknown>>;

/** Two wishes for one instance; now and then one of them is impossible. */
export interface Moves {
  readonly before: Document;
  readonly after: Document;
}

/** The moves of a seed; with `renames` the second wish gives some entities a new name as well. */
export function movesOf(seed: number, renames = false): Moves {
  const draw = new Draw(seed ^ 0x27d4eb2f);
  // Hashing master API keys is slow.
  const hashes = seed % 4 === 0;
  return {
    before: house(draw, { hashes, removes: false, renames: false }),
    after: house(draw, { hashes, removes: true, renames }),
  };
}

/** What a wish does beside creating. */
interface Habits {
  /** It has master API keys. */
  readonly hashes: boolean;
  /** It removes some entities. */
  readonly removes: boolean;
  /** It renames some entities. */
  readonly renames: boolean;
}

const SEGMENTS = ["s", "t", "u"];

/** The pools of values are small, so that both wishes draw the same ones, for the same entity or for another. */
function house(draw: Draw, { hashes, removes, renames }: Habits): Document {
  const pools = new Map<string, string[]>();
  /** A value that nobody has in this wish; now and then one that somebody has. */
  const take = (what: string, values: readonly string[]): string | undefined => {
    const rest = pools.get(what) ?? draw.shuffled(values);
    pools.set(what, rest);
    return draw.chance(0.03) ? draw.pick(values) : rest.pop();
  };
  /** Some of the names as items; the second wish has more of them, and some are to be absent. */
  const items = (names: readonly string[], id: string, fields: (name: string) => Document): Document[] =>
    draw.some(names, removes ? names.length - 1 : 1, removes ? names.length : 2).map((name) =>
      removes && draw.chance(0.35)
        ? { [id]: name, ensure: "absent" }
        : renames && id !== "key" && draw.chance(0.25)
        ? { [id]: `new.${name}`, renamed_from: name, ...defined(fields(name)) }
        : { [id]: name, ...defined(fields(name)) }
    );
  const present = (list: readonly Document[], id: string): string[] =>
    list.filter((item) => item["ensure"] === undefined).map((item) => String(item[id]));
  const users = items(["ada@x.example", "bob@x.example", "cy@x.example"], "email", () => ({
    username: draw.chance(0.6) ? take("username", ["ann", "ben"]) : undefined,
  }));
  const emails = present(users, "email");
  const groups = items(["G", "H", "I"], "name", () => ({
    is_default: draw.chance(0.7),
    external_id: draw.chance(0.8) ? take("external_id", ["idp-1", "idp-2"]) : undefined,
    members: draw.maybe(0.5, () => draw.some(emails, 0, 2).map((email) => ({ email }))),
  }));
  const environments = items(["A", "B", "C"], "name", () => ({
    api_key: draw.chance(0.8) ? take("client", ["client-key-1", "client-key-2"]) : undefined,
    server_side_environment_keys: items(["k", "l"], "name", () => ({
      key: draw.chance(0.9) ? take("server", ["ser.key-1", "ser.key-2"]) : undefined,
    })),
  }));
  const tags = items(["red", "blue"], "label", () => ({}));
  const segments = items(SEGMENTS, "name", () => ({
    rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
  }));
  const ranked = draw.chance(0.4);
  const overrides = (): Document[] =>
    draw.some(present(segments, "name"), 0, 3).map((segment, at) =>
      removes && draw.chance(0.3)
        ? { segment, ensure: "absent" }
        : { segment, enabled: draw.chance(0.5), ...(ranked ? { priority: 2 - at } : {}) }
    );
  const features = items(["f", "g"], "name", () => ({
    tags: draw.maybe(0.6, () => draw.some(present(tags, "label"), 0, 2)),
    multivariate_options: draw.maybe(
      0.4,
      () =>
        items(["x", "y"], "key", () => ({ percentage_allocation: draw.pick([10, 20]) })).map((option) => ({
          ...option,
          value: option["key"],
        })),
    ),
    environments: Object.fromEntries(
      present(environments, "name").map((name) => [name, {
        enabled: draw.chance(0.5),
        segment_overrides: overrides(),
      }]),
    ),
  }));
  const keys = !hashes ? [] : items(["old", "new"], "name", () => ({
    key: take("prefix", ["aaaaaaaa", "bbbbbbbb"])?.concat(".", String(draw.below(10)).repeat(32)),
  }));
  return {
    users,
    organisations: [{
      name: "O",
      groups,
      members: draw.some(emails, 0, removes ? 3 : 1).map((email) => ({ email })),
    }],
    master_api_keys: keys.map((key) => ({ ...key, organisation: "O" })),
    projects: [{ name: "P", organisation: "O", environments, tags, segments, features }],
  };
}

function defined(fields: Document): Document {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
