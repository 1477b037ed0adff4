/** Features with options, and their states. */
import { pythonSum } from "../../../src/flagsmith/python/sum.ts";
import type { Draw } from "./draw.ts";
import { FEATURE_NAME_REGEX } from "./project.ts";
import { anyText, flagValue, newName, sameEmail } from "./texts.ts";
import { type Entity, type Fields, nameOf, Plain, type Value } from "./value.ts";

/** What features of a project may name. */
export interface Surroundings {
  readonly tags: readonly Entity[];
  readonly users: readonly Entity[];
  readonly groups: readonly Entity[];
}

/** The fields of a feature; `options` are chosen apart. */
export function featureFields(draw: Draw, { tags, users, groups }: Surroundings): Fields {
  return {
    description: draw.maybe(0.3, () => anyText(draw, 1000)),
    type: draw.maybe(0.2, () => draw.pick(["STANDARD", "MULTIVARIATE"])),
    default_enabled: draw.maybe(0.5, () => draw.chance(0.5)),
    initial_value: draw.maybe(0.6, () => initialValue(draw)),
    is_archived: draw.maybe(0.2, () => draw.chance(0.5)),
    is_server_key_only: draw.maybe(0.2, () => draw.chance(0.5)),
    tags: draw.maybe(0.4, () => draw.some(tags, 0, 2).map(nameOf)),
    owners: draw.maybe(0.3, () => draw.some(users, 0, 2).map((user) => sameEmail(draw, nameOf(user)))),
    group_owners: draw.maybe(0.3, () => draw.some(groups, 0, 2).map(nameOf)),
  };
}

function initialValue(draw: Draw): Value {
  const value = flagValue(draw);
  return value instanceof Plain && value.source === "null" ? "null" : value;
}

/**
 * A share of an option of a flag whose states may declare some and leave the others: five of them are 100 percent at most,
 * whatever is declared and whatever stays, since a state that would exceed that is refused.
 */
function smallShare(draw: Draw): number {
  return draw.pick([0, LARGEST_SMALL, draw.below(21), draw.below(201) / 10]);
}

const LARGEST_SMALL = 20;

/** Shares of options that together have 100 percent or a little less, as a split in decimals. */
function split(draw: Draw, count: number): readonly number[] {
  const unit = draw.pick([1, 10, 100, 1000]);
  for (;;) {
    const cuts = draw.many(count - 1, count - 1, () => draw.below(100 * unit + 1)).sort((a, b) => a - b);
    const parts = [...cuts, 100 * unit].map((cut, at) => (cut - (cuts[at - 1] ?? 0)) / unit);
    const [first = 0, ...rest] = parts;
    const shares = draw.chance(0.3) ? [Math.max(0, first - draw.pick([1e-9, 0.001, 0.5])), ...rest] : parts;
    // Now and then the sum in binary is above 100.
    if (pythonSum(shares) <= 100) return shares;
  }
}

/** True when the options share out all of a flag: each state of theirs declares all of them, or none. */
function isSplit(options: readonly Fields[]): boolean {
  return options.some(({ percentage_allocation: share }) =>
    share === undefined || Number(share) > LARGEST_SMALL
  );
}

/** The options of a feature, five at most: some with keys. Their shares are small, or together about 100 percent. */
export function someOptions(draw: Draw): readonly Fields[] {
  const count = draw.from(1, 4);
  const alone = draw.below(count);
  const shares: readonly (number | undefined)[] = draw.chance(0.6)
    ? draw.many(count, count, () => smallShare(draw))
    : draw.chance(0.25)
    // One that is left out is 100.
    ? draw.many(count, count, (at) => at === alone ? undefined : 0)
    : split(draw, count);
  return shares.map((share, at) => anyOption(draw, share, at));
}

function anyOption(draw: Draw, share: number | undefined, at: number): Fields {
  return {
    value: flagValue(draw),
    key: draw.maybe(0.5, () => `${draw.pick(["blue", "Red", "v-1", "_"])}${at}`),
    percentage_allocation: share,
  };
}

/**
 * Other values and shares for the options of a live feature, each in its place and with its key; now and then one more comes.
 * States that nobody declares keep their shares: one more has none where they may have 100 percent.
 */
export function otherOptions(draw: Draw, options: readonly Fields[]): readonly Fields[] {
  const shares = isSplit(options) ? split(draw, options.length) : options.map(() => smallShare(draw));
  const more = draw.maybe(0.5, () => isSplit(options) ? 0 : smallShare(draw));
  return [...shares, ...(more === undefined ? [] : [more])].map((share, at) => ({
    ...anyOption(draw, share, at),
    key: at < options.length ? options[at]?.["key"] : `new${at}`,
  }));
}

/** The fields that all states share. */
export function stateFields(draw: Draw, options: readonly Fields[]): Fields {
  return {
    enabled: draw.maybe(0.7, () => draw.chance(0.5)),
    value: draw.maybe(0.6, () => {
      const value = flagValue(draw);
      // No value is a value here, and it is left out.
      return value instanceof Plain && value.source === "null" ? 7 : value;
    }),
    multivariate: options.length === 0 ? undefined : draw.maybe(0.5, () => stateShares(draw, options)),
  };
}

function stateShares(draw: Draw, options: readonly Fields[]): readonly Fields[] {
  const chosen = isSplit(options)
    ? draw.shuffled(split(draw, options.length).map((share, at) => ({ share, at })))
    : draw.some([...options.keys()], 0, options.length).map((at) => ({ share: smallShare(draw), at }));
  return chosen.map(({ share, at }): Fields => {
    const key = options[at]?.["key"];
    return {
      option: typeof key === "string" && draw.chance(0.6) ? key : at + 1,
      percentage_allocation: share,
    };
  });
}

/** The options that a feature declares. */
export function optionsOf(feature: Entity): readonly Fields[] {
  return (feature.fields["multivariate_options"] ?? []) as readonly Fields[];
}

/** Features of a project. */
export function someFeatures(draw: Draw, project: Entity, around: Surroundings): readonly Entity[] {
  const names = new Set<string>();
  const regex = (project.fields["settings"] as Fields | undefined)?.["feature_name_regex"];
  return draw.many(1, 5, (at): Entity => ({
    kind: "feature",
    parent: project,
    identity: {
      name: regex === FEATURE_NAME_REGEX
        ? `flag_${draw.pick(["A", "b"])}${at}`
        : newName(draw, names, 2000, (name) => name.toLowerCase()),
    },
    fields: {
      ...featureFields(draw, around),
      multivariate_options: draw.maybe(0.3, () => someOptions(draw)),
    },
  }));
}

/** States and overrides of a feature in the environments of its project. */
export function someStates(
  draw: Draw,
  feature: Entity,
  environments: readonly Entity[],
  segments: readonly Entity[],
  identities: readonly Entity[],
): readonly Entity[] {
  const options = optionsOf(feature);
  const entity = (kind: Entity["kind"], identity: Entity["identity"], more: Fields = {}): Entity => ({
    kind,
    parent: feature,
    identity,
    fields: { ...stateFields(draw, options), ...more },
  });
  const mine = segments.filter((s) => {
    const of = s.fields["feature"];
    return of === undefined || of === nameOf(feature);
  });
  return environments.flatMap((place) => {
    const environment = nameOf(place);
    const ranking = draw.pick(["written", "chosen", "mixed"]);
    const ranks = draw.shuffled([0, 1, 2, 5, 100]);
    const known = identities.filter((i) => i.parent === place).map(nameOf);
    return [
      ...(draw.chance(0.4) ? [entity("feature_state", { environment })] : []),
      ...(draw.chance(0.5) ? draw.some(mine, 0, 3) : []).map((segment, at) =>
        entity("segment_override", { environment, segment: nameOf(segment) }, {
          priority: ranking === "chosen" || (ranking === "mixed" && draw.chance(0.5))
            ? ranks[at] ?? at
            : undefined,
        })
      ),
      ...(draw.chance(0.25) ? draw.some([...known, "somebody else"], 1, 2) : []).map((identifier) =>
        entity("identity_override", { environment, identifier })
      ),
    ];
  });
}
