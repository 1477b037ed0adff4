/** The states of a feature: in each environment, for segments and for identities. */
import { idIn, type Row, textIn } from "../../flagsmith/cell.ts";
import {
  compareText,
  type ExportContext,
  type ExportedEntity,
  type ExportedField,
  type NamedRow,
  type StateRow,
} from "../exported.ts";
import { isLiveRow } from "../live_row.ts";
import { segmentLive } from "../segment/live.ts";
import { defaultValue } from "../state_rows.ts";
import { valueTree } from "../stored_value_tree.ts";
import { list, mapping, plain, sameTree, text, type Tree } from "../value_tree.ts";

/** A project and its exported environments, in the order of the file. */
interface ProjectPart {
  readonly project: Row;
  readonly environments: readonly NamedRow[];
}

interface Flag {
  readonly row: Row;
  readonly name: string;
  /** Undefined where the file cannot tell them. */
  readonly options: readonly Row[] | undefined;
  /** Flags start disabled and without a value, whatever their defaults say. */
  readonly prevented: boolean;
  /** The value of a state that declares none. */
  readonly usual: Tree;
  readonly where: string;
}

const STATES = new WeakMap<ExportContext, ReadonlyMap<string, readonly StateRow[]>>();

function statesAt(context: ExportContext, feature: number, environment: number): readonly StateRow[] {
  const known = STATES.get(context) ??
    Map.groupBy(
      context.states,
      ({ row }) => `${idIn(row, "feature_id")} ${idIn(row, "environment_id")}`,
    );
  STATES.set(context, known);
  return known.get(`${feature} ${environment}`) ?? [];
}

/** Every state of a feature in the exported environments: the default one, then overrides in the order of priority. */
export function statesOf(
  row: Row,
  name: string,
  options: readonly Row[] | undefined,
  { project, environments }: ProjectPart,
  where: string,
  context: ExportContext,
): readonly ExportedEntity[] {
  const prevented = project["prevent_flag_defaults"] === true;
  const initial = row["initial_value"];
  const usual = valueTree({ ...defaultValue(typeof initial === "string" ? initial : null, prevented) }) ??
    plain(null);
  const flag: Flag = { row, name, options, prevented, usual, where };
  return environments.flatMap(({ row: environment, name: environmentName }) => {
    const states = statesAt(context, idIn(row, "id"), idIn(environment, "id"));
    const own = states.filter((s) => s.row["feature_segment_id"] === null && s.row["identity_id"] === null);
    return [
      ...own.slice(0, 1).map((state) => defaultState(state, flag, environmentName, context)),
      ...segmentOverrides(states, flag, environmentName, context),
      ...identityOverrides(states, flag, environmentName, context),
    ];
  });
}

function defaultState(
  state: StateRow,
  flag: Flag,
  environment: string,
  context: ExportContext,
): ExportedEntity {
  const usual = flag.row["default_enabled"] === true && !flag.prevented;
  const enabled = state.row["enabled"] === true;
  const all = flag.options?.map((option, at) => {
    const share = state.allocations.get(idIn(option, "id")) ?? 0;
    const isUsual = share === option["default_percentage_allocation"];
    return { isUsual, tree: allocation(flag, option, at, share, context) };
  });
  const shares = all?.filter(({ isUsual }) => !isUsual).map(({ tree }) => tree);
  return {
    kind: "feature_state",
    name: environment,
    environment,
    fields: [
      { path: ["enabled"], value: plain(enabled), implied: enabled === usual },
      ...valueField("feature_state", state, flag, environment, context),
      ...sharesField(shares, list((all ?? []).map(({ tree }) => tree))),
    ],
    children: [],
  };
}

function segmentOverrides(
  states: readonly StateRow[],
  flag: Flag,
  environment: string,
  context: ExportContext,
): readonly ExportedEntity[] {
  const links = context.below("features_featuresegment", "id");
  const segments = context.below("segments_segment", "id");
  const found = states.filter((state) => state.row["feature_segment_id"] !== null).map((state) => {
    const link = links.get(idIn(state.row, "feature_segment_id"))?.[0] ?? {};
    return { state, priority: idIn(link, "priority"), segment: segments.get(idIn(link, "segment_id"))?.[0] };
  }).sort((a, b) => a.priority - b.priority || idIn(a.state.row, "id") - idIn(b.state.row, "id"));
  const kept: typeof found = [];
  const seen = new Set<string>();
  for (const one of found) {
    const segment = one.segment === undefined || !isLiveRow(one.segment, segmentLive.live)
      ? undefined
      : textIn(one.segment, "name");
    if (segment !== undefined && !seen.has(segment)) {
      seen.add(segment);
      kept.push(one);
      continue;
    }
    // Overrides for segments that are deleted never match anybody.
    if (one.segment === undefined) continue;
    const what = segment === undefined
      ? `a segment that the application made, "${textIn(one.segment, "name")}"`
      : `segment "${segment}" once more`;
    context.report(
      "FP443",
      `Feature "${flag.name}"${flag.where} has an override in environment "${environment}" for ${what}; it is left out`,
    );
  }
  // Of equal priorities the older one comes first, which only the order of the list can say.
  const isOrder = kept.every(({ priority }, at) => priority === at) ||
    new Set(kept.map(({ priority }) => priority)).size < kept.length;
  return kept.map(({ state, priority, segment }): ExportedEntity => {
    const name = textIn(segment ?? {}, "name");
    return {
      kind: "segment_override",
      name,
      environment,
      fields: [
        { path: ["segment"], value: text(name), implied: false },
        // Left out, priorities are the order of the list, from 0.
        { path: ["priority"], value: plain(priority), implied: isOrder },
        ...overrideFields("segment_override", state, flag, environment, context),
      ],
      children: [],
    };
  });
}

function identityOverrides(
  states: readonly StateRow[],
  flag: Flag,
  environment: string,
  context: ExportContext,
): readonly ExportedEntity[] {
  const identities = context.below("environments_identity", "id");
  return states.filter((state) => state.row["identity_id"] !== null).flatMap((state): ExportedEntity[] => {
    const identity = identities.get(idIn(state.row, "identity_id"))?.[0];
    if (identity === undefined) return [];
    const name = textIn(identity, "identifier");
    const fields = overrideFields("identity_override", state, flag, environment, context);
    return [{
      kind: "identity_override",
      name,
      environment,
      fields: [{ path: ["identifier"], value: text(name), implied: false }, ...fields],
      children: [],
    }];
  }).sort((a, b) => compareText(a.name, b.name));
}

/** An override always says whether it is on: that is what it is for. */
function overrideFields(
  kind: string,
  state: StateRow,
  flag: Flag,
  environment: string,
  context: ExportContext,
): readonly ExportedField[] {
  const shares = flag.options?.flatMap((option, at): Tree[] => {
    const share = state.allocations.get(idIn(option, "id"));
    return share === undefined ? [] : [allocation(flag, option, at, share, context)];
  });
  return [
    { path: ["enabled"], value: plain(state.row["enabled"] === true), implied: false },
    ...valueField(kind, state, flag, environment, context),
    ...sharesField(shares),
  ];
}

function sharesField(shares: readonly Tree[] | undefined, full?: Tree): readonly ExportedField[] {
  if (shares === undefined) return [];
  const field = { path: ["multivariate"], value: list(shares), implied: shares.length === 0 };
  return [full === undefined ? field : { ...field, full }];
}

function valueField(
  kind: string,
  state: StateRow,
  flag: Flag,
  environment: string,
  context: ExportContext,
): readonly ExportedField[] {
  const value = valueTree(state.value);
  if (value === undefined) {
    context.report(
      "FP441",
      `"value" of feature "${flag.name}"${flag.where} has a type that the format does not know in ${
        kind === "feature_state" ? "" : "an override of "
      }environment "${environment}"; it is left out`,
    );
    return [];
  }
  return [{ path: ["value"], value, implied: sameTree(value, flag.usual), nullable: true }];
}

/** The share of an option, which is named by its key, or by its position from 1. */
function allocation(flag: Flag, option: Row, at: number, share: number, context: ExportContext): Tree {
  const key = textIn(option, "key");
  const position = String(at + 1);
  if (key === "" && (flag.options ?? []).some((other) => other["key"] === position)) {
    context.report(
      "FP441",
      `Option ${position} of feature "${flag.name}"${flag.where} has no key, and another option's key is "${position}"`,
      "Give the option a key",
    );
  }
  return mapping([
    ["option", key === "" ? plain(at + 1) : text(key)],
    ["percentage_allocation", plain(share)],
  ]);
}
