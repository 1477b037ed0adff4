/** Wishes for one instance in which names and unique values change hands, from each one to the next; all of them are possible. */
import { Draw } from "./draw.ts";
import type { Document } from "./moves.ts";

/** An entity as the last wish has it: its name, the one before, and what no other may have. */
interface Item {
  readonly name: string;
  readonly from?: string;
  readonly value: string;
  /** How often its value was drawn. */
  readonly round: number;
}

type House = Readonly<Record<string, readonly Item[]>>;

const LISTS = ["users", "groups", "environments", "keys", "tags", "segments", "features", "projects"];

/** Some wishes, one after another. */
export function swapsOf(seed: number, wishes: number): readonly Document[] {
  const draw = new Draw(seed ^ 0x1b873593);
  const documents: Document[] = [];
  let house: House = Object.fromEntries(
    LISTS.map((list) => [
      list,
      draw.many(2, 4, (at) => ({ name: `${list}-${at}`, value: `${list}-value-${at}`, round: 0 })),
    ]),
  );
  for (let round = 0; round < wishes; round++) {
    if (round > 0) {
      house = Object.fromEntries(
        Object.entries(house).map((
          [list, items],
        ) => [list, exchanged(draw, items, `${list}-new-${round}`, round)]),
      );
    }
    documents.push(documentOf(house));
  }
  return documents;
}

/** The same entities with each other's names and values; one may take new ones, and a new entity what became free. */
function exchanged(draw: Draw, items: readonly Item[], fresh: string, round: number): readonly Item[] {
  const others = (
    all: readonly string[],
    extra: string,
  ): { taken: readonly string[]; free: string | undefined } => {
    if (draw.chance(0.3)) return { taken: all, free: undefined };
    const pool = draw.shuffled(draw.chance(0.4) ? [...all, extra] : all);
    return { taken: pool.slice(0, all.length), free: pool.slice(all.length).find((one) => one !== extra) };
  };
  const names = others(items.map(({ name }) => name), fresh);
  const values = others(items.map(({ value }) => value), `${fresh}-value`);
  const moved = items.map(({ name: from, value: before, round: last }, at): Item => {
    const [name = from, value = before] = [names.taken[at], values.taken[at]];
    return { name, ...(name === from ? {} : { from }), value, round: value === before ? last : round };
  });
  return names.free === undefined || draw.chance(0.5)
    ? moved
    : [...moved, { name: names.free, value: values.free ?? `${fresh}-another`, round }];
}

function documentOf(house: House): Document {
  const list = (name: string): readonly Item[] => house[name] ?? [];
  const named = ({ name, from }: Item, id = "name"): Document => ({
    [id]: name,
    ...(from === undefined ? {} : { renamed_from: from }),
  });
  const emails = list("users").map(({ name }) => `${name}@example.com`);
  return {
    users: list("users").map(({ name, from, value }) => ({
      email: `${name}@example.com`,
      ...(from === undefined ? {} : { renamed_from: `${from}@example.com` }),
      username: value,
    })),
    organisations: [{
      name: "O",
      members: emails.map((email) => ({ email })),
      groups: list("groups").map((item) => ({
        ...named(item),
        external_id: item.value,
        ldap_dn: `dn=${item.value}`,
        members: emails.slice(0, 1).map((email) => ({ email })),
      })),
    }],
    projects: list("projects").map((project, at) => ({
      ...named(project),
      organisation: "O",
      ...(at > 0 ? { features: [{ name: "only" }] } : {
        tags: list("tags").map((item) => named(item, "label")),
        environments: list("environments").map((item, at) => ({
          ...named(item),
          api_key: item.value,
          ...(item.round === 0 ? {} : { rotate: String(item.round) }),
          server_side_environment_keys: at > 0 ? [] : list("keys").map((key) => named(key)),
        })),
        segments: list("segments").map((item) => ({
          ...named(item),
          rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
        })),
        features: list("features").map((item) => ({
          ...named(item),
          environments: Object.fromEntries(
            list("environments").map(({ name }) => [name, {
              enabled: true,
              segment_overrides: list("segments").slice(0, 1).map(({ name }) => ({
                segment: name,
                enabled: false,
              })),
            }]),
          ),
        })),
      }),
    })),
  };
}
