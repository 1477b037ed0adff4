/** A plan in a file: what it binds to, and whether it still holds. Pure; the file holds fingerprints and no secret. */
import { createHash } from "node:crypto";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { DomainDeclaration } from "../declarations/declaration.ts";
import type { Content, Policy } from "../kinds/kind.ts";
import { canonical } from "../log/content_hash.ts";
import type { EntryCounts } from "../kinds/live.ts";
import type { FieldChange } from "./field_change.ts";
import type { Decision } from "./plan.ts";
import { plannedFills } from "./planned_fills.ts";
import { SITE_ADDRESS } from "../snapshot/state.ts";
import { type Decided, removedRows } from "./decided.ts";

/** The version of the file's form. */
const FORM = 1;

/** Which files a plan was made from, and how they were read. */
export interface SavedInputs {
  readonly directory: readonly string[];
  readonly file: readonly string[];
  readonly preset: readonly string[];
  readonly secretEnv: readonly string[];
  readonly onExists: "skip" | "update" | "fail";
  readonly allowEmpty: boolean;
  readonly columnDefault: readonly string[];
  readonly columnDefaults: string | undefined;
}

/** What a plan depends on. */
export interface Bindings {
  /** Address → fingerprint of what the files want, and of what was decided from the live row and the log. */
  readonly entities: Readonly<Record<string, readonly [wish: string, state: string]>>;
  /** What rows of new entities depend on, and rows that go. */
  readonly surroundings: string;
  /** `table.column` → fingerprint of what fills a column that the program does not know. */
  readonly columns: Readonly<Record<string, string>>;
}

/** The content of a plan file. */
export interface SavedPlan {
  readonly toolVersion: string;
  /** `databaseIdentity()`. */
  readonly database: string;
  readonly inputs: SavedInputs;
  readonly bindings: Bindings;
}

/** What a decision depends on. */
export function bindingsOf(
  decided: Decided,
  domain: DomainDeclaration | undefined,
): Bindings {
  const { plan, state, contents } = decided;
  const entities = new Map<string, readonly [string, string]>();
  for (const decision of plan.decisions) {
    const { resource, hash } = decision;
    const address = state.addresses[resource.index] ?? "";
    const { policy } = resource.declaration ?? {};
    const references = [...resource.references].map(([path, r]) => [path, state.addresses[r.index] ?? ""]);
    entities.set(address, [
      digest([hash, policyContent(policy), references]),
      digest(stateOf(decision)),
    ]);
  }
  for (const decision of plan.rows) {
    const { resource, hash, action, primaryKey, live, changes } = decision;
    entities.set(resource.address, [
      digest([hash, policyContent(resource.row.policy)]),
      digest([action, String(live?.[primaryKey]), ...changes.map(changeContent)]),
    ]);
  }
  if (domain !== undefined) {
    entities.set(SITE_ADDRESS, [
      digest([domain.domain, policyContent(domain.policy)]),
      digest({ ...plan.domain, from: Reflect.get(plan.domain, "from") ?? null }),
    ]);
  }
  return {
    entities: Object.fromEntries([...entities].sort(([a], [b]) => (a < b ? -1 : 1))),
    surroundings: digest(JSON.stringify([
      [...contents.projects],
      [...contents.defaultGroups],
      [...contents.options],
      [...removedRows(decided)].map(([table, ids]) => [table, ...[...ids].sort()].join(" ")).sort(),
    ])),
    columns: Object.fromEntries(
      plannedFills(plan, state.catalog).map(({ table, column, value }) => [
        `${table}.${column}`,
        digest({ ...value }),
      ]),
    ),
  };
}

/** A policy as content: what is not said counts as null. */
function policyContent(policy: Policy | undefined): Content {
  return Object.entries(policy ?? {}).map(([name, value]) => [name, value ?? null]);
}

/** A change as content. */
function changeContent(change: FieldChange): Content {
  const { counts, ...rest }: FieldChange & { readonly counts?: EntryCounts } = change;
  return counts === undefined ? rest : { ...rest, counts: { ...counts } };
}

function stateOf(decision: Decision): Content {
  const live = decision.action === "create" ? undefined : decision.live;
  const { uuid } = live?.row ?? {};
  return {
    action: decision.action,
    row: live === undefined ? null : [String(live.id), typeof uuid === "string" ? uuid : null],
    changes: decision.action === "update" ? decision.changes.map(changeContent) : [],
    reason: decision.action === "skip" ? { ...decision.reason } : null,
    differs: decision.action === "skip" && decision.differs,
    adopted: decision.action === "update" && decision.adopted,
  };
}

function digest(content: Content): string {
  return createHash("sha256").update(canonical(content)).digest("hex").slice(0, 32);
}

/** The text of the file. `actions` is there for people and not read again. */
export function savedPlanText(plan: SavedPlan, actions: readonly unknown[]): string {
  return `${
    JSON.stringify(
      {
        flagsmith_provision_plan: FORM,
        tool_version: plan.toolVersion,
        database: plan.database,
        inputs: plan.inputs,
        bindings: plan.bindings,
        actions,
      },
      null,
      2,
    )
  }\n`;
}

/** True for the beginning of a plan file, also of one of another release and of one that is cut off. */
export function mayBePlan(text: string): boolean {
  return /^\uFEFF?\s*\{\s*"flagsmith_provision_plan"/.test(text);
}

/** Reads the text of a plan file; throws when it is none, or one of another release. */
export function readSavedPlan(text: string, path: string, toolVersion: string): SavedPlan {
  const notOne = (why: string): ProvisionError =>
    new ProvisionError(
      "FP464",
      EXIT.usage,
      `The plan file ${JSON.stringify(path)} ${why}`,
      "flagsmith-provision plan --out FILE makes one. Nothing was changed",
    );
  let read: Record<string, unknown>;
  try {
    read = Object(JSON.parse(text));
  } catch {
    throw notOne("is not one");
  }
  if (read["flagsmith_provision_plan"] !== FORM) throw notOne("is not one");
  // Fingerprints of two releases need not agree.
  if (read["tool_version"] !== toolVersion) throw notOne("was made by another release");
  const { bindings, inputs, database } = read;
  const { entities, surroundings, columns }: Record<string, unknown> = Object(bindings);
  const texts = (value: unknown): readonly string[] => Array.isArray(value) ? value.map(String) : [];
  const from: Record<string, unknown> = Object(inputs);
  if (entities === undefined || typeof surroundings !== "string" || typeof database !== "string") {
    throw notOne("is not complete");
  }
  return {
    toolVersion,
    database,
    inputs: {
      directory: texts(from["directory"]),
      file: texts(from["file"]),
      preset: texts(from["preset"]),
      secretEnv: texts(from["secretEnv"]),
      onExists: from["onExists"] === "update" || from["onExists"] === "fail" ? from["onExists"] : "skip",
      allowEmpty: from["allowEmpty"] === true,
      columnDefault: texts(from["columnDefault"]),
      columnDefaults: typeof from["columnDefaults"] === "string" ? from["columnDefaults"] : undefined,
    },
    bindings: {
      entities: Object.fromEntries(
        Object.entries(Object(entities)).map(([address, pair]) => [
          address,
          [texts(pair)[0] ?? "", texts(pair)[1] ?? ""],
        ]),
      ),
      surroundings,
      columns: Object.fromEntries(
        Object.entries(Object(columns)).map(([name, fingerprint]) => [name, String(fingerprint)]),
      ),
    },
  };
}

/** Throws unless the plan was made for this database. */
export function checkDatabase(saved: SavedPlan, database: string): void {
  if (saved.database === database) return;
  throw new ProvisionError(
    "FP465",
    EXIT.failed,
    "The plan was made for another database",
    "Plan again for this one, or connect to the one that was planned. Nothing was changed",
  );
}

/** Throws unless what is to be done now is what was planned. */
export function checkBindings(saved: SavedPlan, now: Bindings): void {
  const planned = saved.bindings.entities;
  const all = [...new Set([...Object.keys(planned), ...Object.keys(now.entities)])].sort();
  const wishes = all.filter((address) => planned[address]?.[0] !== now.entities[address]?.[0]);
  if (wishes.length > 0) {
    throw new ProvisionError(
      "FP466",
      EXIT.failed,
      `The files are not the ones that were planned: ${listed(wishes)}`,
      "Plan again, or apply without --plan. Nothing was changed",
    );
  }
  const columns = [...new Set([...Object.keys(saved.bindings.columns), ...Object.keys(now.columns)])].sort()
    .filter((name) => saved.bindings.columns[name] !== now.columns[name]);
  if (columns.length > 0) {
    throw new ProvisionError(
      "FP466",
      EXIT.failed,
      `The column defaults are not the ones that were planned: ${listed(columns)}`,
      "Give the --column-default and --column-defaults of the plan, or plan again. Nothing was changed",
    );
  }
  const states = all.filter((address) => planned[address]?.[1] !== now.entities[address]?.[1]);
  if (states.length === 0 && saved.bindings.surroundings === now.surroundings) return;
  throw new ProvisionError(
    "FP467",
    EXIT.failed,
    `The database has changed since it was planned${states.length === 0 ? "" : `: ${listed(states)}`}`,
    "Plan again, or apply without --plan. Nothing was changed",
  );
}

function listed(addresses: readonly string[]): string {
  const rest = addresses.length - 5;
  return addresses.slice(0, 5).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
