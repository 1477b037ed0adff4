/**
 * What is written from another side: a member's permissions, and states from the flag's or the environment's side
 * (`docs/format.md#flags-in-environments`): `environments` of a feature and `feature_states` of an environment become
 * items of the lists `feature_states`, `segment_overrides`, `identity_overrides`, `permissions`, so that every form
 * means the same.
 */
import { appendAll } from "../diagnostics/append_all.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { child, type MapEntry, type Node, type ScalarNode } from "../source/node.ts";
import { reportNoKey } from "../source/unknown_key.ts";
import type { Shorthand, ShorthandItem } from "./kind.ts";

const OVERRIDES = [["segment_overrides", "segment_override"], [
  "identity_overrides",
  "identity_override",
]] as const;

/** A name that was read already, at its own place. */
function nameNode(text: string, span: Span, mocked = false): ScalarNode {
  return { ...textNode(text, span, mocked), exact: true };
}

function textNode(text: string, span: Span, mocked = false): ScalarNode {
  return {
    kind: "scalar",
    span,
    value: text,
    text,
    style: "quoted",
    interpolated: false,
    mocked,
    ...(mocked ? { readable: true } : {}),
    secret: false,
  };
}

function withEntry(node: Node, key: string, value: Node): Node {
  return node.kind === "map"
    ? { ...node, entries: [...node.entries, { key, keySpan: value.span, value }] }
    : node;
}

/** `environments` of a feature: a mapping by name, or a list with `name`. */
export const STATES_OF_FEATURE: Shorthand = {
  key: "environments",
  below: "item",
  items: ({ value }, _names, diagnostics) => statesOfFeature(value, diagnostics),
};

function statesOfFeature(value: Node, diagnostics: Diagnostics): readonly ShorthandItem[] {
  if (value.kind === "map") {
    return value.entries.flatMap((entry) => {
      // A name alone is one without a state; `{Development:red}` is none.
      if (entry.bare === true && /[:=]/.test(entry.key)) {
        reportNoKey(entry, '"environments"', diagnostics);
        return [];
      }
      const name = (entry.exact === true ? nameNode : textNode)(entry.key, entry.keySpan);
      return statesIn(entry.value, name, diagnostics);
    });
  }
  if (value.kind === "scalar") {
    if (value.value !== null) {
      diagnostics.add(
        "FP104",
        value.span,
        '"environments" of a feature takes a mapping of environment names, or a list',
      );
    }
    return [];
  }
  return value.items.flatMap((item) => {
    const name = child(item, "name");
    if (item.kind !== "map" || name === undefined) {
      diagnostics.add("FP103", item.span, 'Each item of "environments" of a feature needs "name"');
      return [];
    }
    return statesIn({ ...item, entries: item.entries.filter((e) => e.key !== "name") }, name, diagnostics);
  });
}

function statesIn(body: Node, environment: Node, diagnostics: Diagnostics): readonly ShorthandItem[] {
  if (body.kind !== "map") {
    if (body.kind === "scalar" && body.value === null) return [];
    diagnostics.add(
      "FP104",
      body.span,
      "The state of a feature in an environment is a mapping",
      "Write enabled: or value: in front of it",
    );
    return [];
  }
  const own = body.entries.filter((entry) => OVERRIDES.every(([list]) => list !== entry.key));
  const items: ShorthandItem[] = [];
  if (own.length > 0) {
    items.push({
      kind: "feature_state",
      node: withEntry({ ...body, entries: own }, "environment", environment),
      list: body,
    });
  }
  for (const [list, kind] of OVERRIDES) {
    const entry = body.entries.find((e) => e.key === list);
    if (entry !== undefined) appendAll(items, itemsOf(entry, kind, environment, diagnostics));
  }
  return items;
}

function itemsOf(
  entry: MapEntry,
  kind: string,
  environment: Node,
  diagnostics: Diagnostics,
): readonly ShorthandItem[] {
  const { value } = entry;
  if (value.kind === "sequence") {
    return value.items.map((node) => ({
      kind,
      node: withEntry(node, "environment", environment),
      list: entry,
    }));
  }
  if (value.kind !== "scalar" || value.value !== null) {
    diagnostics.add("FP104", value.span, `"${entry.key}" takes a list`, 'Begin each item with "- "');
  }
  return [];
}

/** `feature_states` of an environment: a list of items that name their features. */
export const STATES_OF_ENVIRONMENT: Shorthand = {
  key: "feature_states",
  below: "named",
  items: (entry, [environment, ...above], diagnostics) =>
    environment === undefined ? [] : itemsOf(
      entry,
      "feature_state",
      nameNode(environment.name, environment.span, environment.mocked),
      diagnostics,
    ).map((
      { kind, node, list },
    ) => ({
      kind,
      list,
      node: above.reduce<Node>(
        (at, { kind: above, name, span, mocked }) => withEntry(at, above, nameNode(name, span, mocked)),
        node,
      ),
    })),
};

/** `permissions` of a member: a list of keys. */
export const PERMISSIONS_OF_MEMBER: Shorthand = {
  key: "permissions",
  below: "parent",
  items: (entry, [member]) => {
    const { value } = entry;
    if (member === undefined || (value.kind === "scalar" && value.value === null)) return [];
    const user = {
      key: "user",
      keySpan: member.span,
      value: nameNode(member.name, member.span, member.mocked),
    };
    return [{
      kind: "user_organisation_permission",
      node: { kind: "map", span: entry.keySpan, entries: [user, entry] },
      list: entry,
    }];
  },
};
