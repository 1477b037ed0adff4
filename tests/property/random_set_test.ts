/** What the random sets of the properties hold: all kinds, all fields, enough of what is rare. Without a database. */
import assert from "node:assert/strict";
import { fieldRows } from "../../scripts/generators/format_fields.ts";
import { OPERATORS } from "../../src/flagsmith/condition.ts";
import { pythonSum } from "../../src/flagsmith/python/sum.ts";
import { ALL_SPECS, KIND_NAMES } from "../../src/kinds/specs.ts";
import { setOf } from "../support/random_set.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { type Entity, type Fields, Plain, type Value } from "../support/random_set/value.ts";
import { runCli } from "../support/run_cli.ts";

const SETS = Array.from({ length: 200 }, (_, at) => setOf(at));
/** Hashed, which is slow; only of use in a set that changes a live one; or refused. */
const LEFT_OUT = [
  // Releases before 2.266.0 cannot hold it; newest_release_test.ts looks at it.
  "member.is_active",
  "user.password",
  "user.generate_password",
  "master_api_key.key",
  "group.members[].ensure",
  "feature.multivariate_options[].ensure",
  "user_organisation_permission.admin",
  "group_organisation_permission.admin",
];

/** Paths of all fields that hold something, as the tables of the format name them. */
function pathsOf(value: Value | undefined, path: string): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    return [
      path,
      ...value.flatMap((item: Value) => typeof item === "object" ? pathsOf(item, `${path}[]`) : []),
    ];
  }
  if (value instanceof Map) return value.size === 0 ? [] : [`${path}.NAME`];
  if (typeof value !== "object" || value instanceof Plain) return [path];
  const own = path === "" || path.endsWith("[]") ? [] : [path];
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === "" ? key : `${path}.${key}`)),
  ];
}

/** The shares that a feature or a state declares. */
function sharesOf({ fields }: Entity): readonly number[] {
  const items = fields["multivariate_options"] ?? fields["multivariate"] ?? [];
  return (items as readonly Fields[]).map((item) => Number(item["percentage_allocation"] ?? 100));
}

function setsWith(test: (entity: Entity) => boolean): number {
  return SETS.filter((set) => set.entities.some(test)).length;
}

Deno.test("the random sets hold every kind, every field and every operator", () => {
  const counts = Map.groupBy(SETS.flatMap((set) => set.entities), (entity) => entity.kind);
  // deno-lint-ignore no-console
  console.log(KIND_NAMES.map((kind) => `${kind} ${counts.get(kind)?.length ?? 0}`).join(", "));
  const missing = KIND_NAMES.flatMap((kind) => {
    const seen = new Set(
      counts.get(kind)?.flatMap((e) => [...pathsOf(e.identity, ""), ...pathsOf(e.fields, "")]),
    );
    const wanted = fieldRows(ALL_SPECS[kind].schema).map((row) => row.path);
    return wanted.filter((path) => !seen.has(path)).map((path) => `${kind}.${path}`);
  });
  assert.deepEqual(missing.toSorted(), LEFT_OUT.toSorted());
  assert.deepEqual(KIND_NAMES.filter((kind) => (counts.get(kind)?.length ?? 0) < 10), []);
  const segments = JSON.stringify(counts.get("segment")?.map((segment) => segment.fields));
  assert.deepEqual(OPERATORS.filter((operator) => !segments.includes(`"operator":"${operator}"`)), []);
});

Deno.test("the random sets are big enough and hold enough of what is rare", () => {
  const sizes = SETS.map((set) => set.entities.length).sort((a, b) => a - b);
  const rare = {
    versioned: setsWith((e) => JSON.stringify(e.fields["settings"] ?? {}).includes('versioning":true')),
    multivariate: setsWith((e) => e.fields["multivariate_options"] !== undefined),
    "exactly 100 percent": setsWith((e) => {
      const shares = sharesOf(e);
      return shares.length > 1 && pythonSum(shares) === 100;
    }),
    "nearly 100 percent": setsWith((e) => {
      const sum = pythonSum(sharesOf(e));
      return sum > 99 && sum < 100;
    }),
    "an option without a share": setsWith((e) =>
      (e.fields["multivariate_options"] as readonly Fields[] | undefined)?.some((o) =>
        o["percentage_allocation"] === undefined
      ) ?? false
    ),
    specific: setsWith((e) => e.kind === "segment" && e.fields["feature"] !== undefined),
    ranked: setsWith((e) => e.fields["priority"] !== undefined),
    "same project twice": SETS.filter(({ entities }) => {
      const names = entities.filter((e) => e.kind === "project").map((e) => e.identity["name"]);
      return new Set(names).size < names.length;
    }).length,
  };
  // deno-lint-ignore no-console
  console.log(`entities: median ${sizes[100]}, most ${sizes.at(-1)}; sets with:`, JSON.stringify(rare));
  assert.ok((sizes[100] ?? 0) >= 30, `${sizes[100]}`);
  for (const [what, count] of Object.entries(rare)) assert.ok(count >= 20, `${what}: ${count}`);
});

Deno.test("every random set is complete in itself and says all that it holds", async () => {
  for (const set of SETS) {
    const stdin = filesOf(set).join("---\n");
    const { code, out, err } = await runCli(["validate", "--closed", "--file", "-"], { stdin });
    assert.equal(code, 0, `seed ${set.seed}\n${err}`);
    // Users and identities that a reference declares come on top.
    const count = Number(/^Valid: (\d+) /.exec(out)?.[1]);
    assert.ok(count >= set.entities.length, `seed ${set.seed}: ${count} of ${set.entities.length}`);
  }
});
