/** The graph while it is being filled: what is declared, and what names stand for. */
import { capitalize } from "../diagnostics/capitalize.ts";
import { appendAll } from "../diagnostics/append_all.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf, type Span } from "../diagnostics/source_file.ts";
import { didYouMeanDeclared } from "../diagnostics/suggest.ts";
import type { Declaration, ParentName } from "../declarations/declaration.ts";
import { ALL_SPECS, type KindName, namingFields } from "../kinds/specs.ts";
import { type Hidden, mayBe } from "./hidden.ts";
import { homeKey, type Homes, KEY_SEPARATOR, type Resource } from "./resource.ts";

/** How references to undeclared names are treated. */
export interface GraphOptions {
  /** Every reference must be declared in the files (`validate --closed`). */
  readonly closed: boolean;
  /** Say which names the database must hold (`validate`). */
  readonly warnExternal: boolean;
  /** Where undeclared entities are that references name without what they belong to, once the database told it. */
  readonly homes?: Homes;
}

/** A resource while references are still being filled in. */
export interface Draft extends Resource {
  readonly references: Map<string, Resource>;
  readonly mentions: Map<string, Resource>;
}

/** Fills the graph: declares, resolves names, reports what is declared twice or nowhere. */
export class Builder {
  readonly drafts: Draft[] = [];
  readonly byDeclaration = new Map<Declaration, Draft>();
  /** What files declare, by kind and key and then by parent. */
  readonly #byKey = new Map<string, Map<Resource | undefined, Draft>>();
  readonly #externals = new Map<string, Draft>();
  readonly #indices = new Map<Draft, number>();
  /** Entities of which nobody can tell which they are, after a report: what is not found below them may be elsewhere. */
  readonly #unknown = new Set<Resource>();
  /** What mistakes hide: references to such are not called unknown. */
  readonly #hidden: Hidden[] = [];
  readonly #diagnostics: Diagnostics;
  readonly #options: GraphOptions;

  constructor(diagnostics: Diagnostics, options: GraphOptions) {
    this.#diagnostics = diagnostics;
    this.#options = options;
  }

  declare(declaration: Declaration, parent: Draft | undefined): void {
    const spec = ALL_SPECS[declaration.kind];
    const key = spec.parts?.(declaration.fields).join(KEY_SEPARATOR) ?? spec.key(declaration.name);
    const known = this.#below(declaration.kind, key, parent);
    if (known?.declaration !== undefined) {
      this.byDeclaration.set(declaration, known);
      this.#reportDuplicate(declaration, known.declaration, parent);
      return;
    }
    if (declaration.wrongName !== undefined) {
      this.hide({
        kinds: [declaration.kind],
        parent,
        name: declaration.wrongName === "refused" ? declaration.name : undefined,
      });
    }
    const draft = this.#add({
      kind: declaration.kind,
      name: declaration.name,
      key,
      parent,
      declaration,
      span: declaration.span,
    });
    if (declaration.wrongName === "unknown") this.#unknown.add(draft);
    this.byDeclaration.set(declaration, draft);
    const at = `${declaration.kind}\0${key}`;
    const named = this.#byKey.get(at) ?? new Map<Resource | undefined, Draft>();
    this.#byKey.set(at, named.set(parent, draft));
  }

  /** Notes what a mistake hides. */
  hide(hidden: Hidden): void {
    this.#hidden.push(hidden);
  }

  /** Stands for what an entity belongs to where that is missing, wrong or ambiguous, which was reported. */
  unknownParent({ kind, name, span }: Declaration): Draft {
    // Whoever refers to the entity may mean it, whatever it belongs to.
    this.hide({ kinds: [kind], parent: undefined, name });
    const of = ALL_SPECS[kind].parent;
    const draft = this.#add({
      kind: of ?? kind,
      name: "",
      key: "",
      parent: undefined,
      declaration: undefined,
      span,
    });
    this.#unknown.add(draft);
    return draft;
  }

  /** True when nobody can tell what a resource belongs to. */
  isBelowUnknown(resource: Resource | undefined): boolean {
    return resource !== undefined && (this.#unknown.has(resource) || this.isBelowUnknown(resource.parent));
  }

  /** True when a reference may be to something that a mistake hides. */
  #mayBeHidden(resource: Resource): boolean {
    if (this.#diagnostics.isIncomplete || this.isBelowUnknown(resource.parent)) return true;
    return this.#hidden.some((hidden) => mayBe(hidden, resource));
  }

  /** The resource that a name stands for; undefined when it is ambiguous (which is reported). */
  resolve(kind: KindName, name: string, span: Span, qualifiers: readonly ParentName[]): Draft | undefined {
    const spec = ALL_SPECS[kind];
    const key = spec.key(name);
    let found = this.#find(kind, key).filter((d) => matches(d, qualifiers));
    if (found.length === 0) found = this.#shortForm(kind, name).filter((d) => matches(d, qualifiers));
    if (found.length > 1) {
      const candidates = found.map((d) => `"${d.parent?.name}" (${placeOf(d.span)})`).join(", ");
      this.#diagnostics.add(
        "FP203",
        span,
        `"${name}" fits more than one ${spec.label}: in ${candidates}`,
        `Add "${spec.parent}:" beside it`,
      );
      return undefined;
    }
    if (found[0] !== undefined) return found[0];
    const [above, ...rest] = qualifiers;
    const parent = above === undefined ? undefined : this.resolve(above.kind, above.name, above.span, rest);
    if (above !== undefined && parent === undefined) return undefined;
    // The qualifier itself may be in the short form.
    return parent === undefined
      ? this.#atHome(kind, name, span)
      : this.resolveBelow(kind, name, span, parent);
  }

  /** An undeclared entity that is named without what it belongs to: below that, once the database told it. */
  #atHome(kind: KindName, name: string, span: Span): Draft {
    const home = this.#options.homes?.get(homeKey({ kind, name }));
    const { parent } = ALL_SPECS[kind];
    const above = home === undefined || parent === undefined
      ? undefined
      : this.resolve(parent, home.above, span, []);
    return home === undefined || above === undefined
      ? this.#external(kind, name, span, undefined)
      : this.resolveBelow(kind, home.name, span, above);
  }

  /** True when several declared entities of a kind have the name. */
  isShared(kind: KindName, name: string): boolean {
    return this.#find(kind, ALL_SPECS[kind].key(name)).length > 1;
  }

  /** The resource of a name below a given parent. */
  resolveBelow(kind: KindName, name: string, span: Span, parent: Resource): Draft {
    const key = ALL_SPECS[kind].key(name);
    return this.#below(kind, key, parent) ?? this.#external(kind, name, span, parent);
  }

  /** True when a file, or an earlier reference, declares the name below a parent. */
  isDeclared(kind: KindName, name: string, parent: Resource | undefined): boolean {
    return this.#below(kind, ALL_SPECS[kind].key(name), parent) !== undefined;
  }

  #find(kind: KindName, key: string): readonly Draft[] {
    return [...this.#byKey.get(`${kind}\0${key}`)?.values() ?? []];
  }

  #below(kind: KindName, key: string, parent: Resource | undefined): Draft | undefined {
    return this.#byKey.get(`${kind}\0${key}`)?.get(parent);
  }

  /** `Organisation/Project`: only asked when no exact name matches, because names such as `CI/CD` are common. */
  #shortForm(kind: KindName, name: string): Draft[] {
    const parentKind = ALL_SPECS[kind].parent;
    if (parentKind === undefined) return [];
    const found: Draft[] = [];
    for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
      const parentKey = ALL_SPECS[parentKind].key(name.slice(0, slash));
      const key = ALL_SPECS[kind].key(name.slice(slash + 1));
      appendAll(found, this.#find(kind, key).filter((d) => d.parent?.key === parentKey));
    }
    return found;
  }

  #external(kind: KindName, name: string, span: Span, parent: Resource | undefined): Draft {
    const key = ALL_SPECS[kind].key(name);
    const at = `${kind}\0${parent === undefined ? "*" : this.#indices.get(parent as Draft)}\0${key}`;
    const known = this.#externals.get(at);
    if (known !== undefined) return known;
    const draft = this.#add({ kind, name, key, parent, declaration: undefined, span });
    this.#externals.set(at, draft);
    this.#reportExternal(draft);
    return draft;
  }

  #reportExternal(draft: Draft): void {
    if (!this.#options.closed && !this.#options.warnExternal) return;
    if (this.#mayBeHidden(draft)) {
      // What is written below it belongs to something else, maybe.
      this.#unknown.add(draft);
      return;
    }
    if (this.#diagnostics.hasErrorIn(draft.span)) return;
    const { label } = ALL_SPECS[draft.kind];
    const where = draft.parent === undefined
      ? ""
      : ` in ${ALL_SPECS[draft.parent.kind].label} "${draft.parent.name}"`;
    const siblings = this.drafts.filter((d) =>
      d.kind === draft.kind && d.declaration !== undefined &&
      (draft.parent === undefined || d.parent === draft.parent)
    );
    const hint = didYouMeanDeclared(draft.name, siblings);
    const title = `${capitalize(label)} "${draft.name}"`;
    if (this.#options.closed) {
      this.#diagnostics.add("FP251", draft.span, `${title} is not declared in any file${where}`, hint);
    } else if (this.#options.warnExternal) {
      this.#diagnostics.add(
        "FP250",
        draft.span,
        `${title} is not declared in any file and must exist in the database${where}`,
        hint,
      );
    }
  }

  #reportDuplicate(declaration: Declaration, first: Declaration, parent: Resource | undefined): void {
    const { label } = ALL_SPECS[declaration.kind];
    const what = ALL_SPECS[declaration.kind].single === true
      ? `The ${label}`
      : `${capitalize(label)} "${declaration.name}"`;
    // Placeholders for something reported already are equal by chance.
    if (this.#diagnostics.hasErrors && isPlaceholder(declaration)) return;
    this.#diagnostics.add(
      "FP201",
      declaration.span,
      `${what} is declared twice${place(declaration, parent)}`,
      `The first declaration is at ${placeOf(first.span)}`,
    );
  }

  #add(values: Omit<Resource, "index" | "references" | "mentions">): Draft {
    const draft: Draft = { ...values, index: -1, references: new Map(), mentions: new Map() };
    this.#indices.set(draft, this.drafts.length);
    this.drafts.push(draft);
    return draft;
  }
}

/** ` in project "Web"`: the same name elsewhere is another entity. */
function place({ kind }: Declaration, parent: Resource | undefined): string {
  if (parent === undefined) return "";
  return ` ${ALL_SPECS[kind].preposition ?? "in"} ${ALL_SPECS[parent.kind].label} "${parent.name}"`;
}

function isPlaceholder({ kind, node, parent }: Declaration): boolean {
  const naming = namingFields(kind);
  const own = node.entries.some(({ key, value }) =>
    naming.includes(key) && value.kind === "scalar" && value.mocked
  );
  return own || (parent?.kind === "nested" && isPlaceholder(parent.entity));
}

function matches(draft: Resource, qualifiers: readonly ParentName[]): boolean {
  let at = draft.parent;
  for (const qualifier of qualifiers) {
    while (at !== undefined && at.kind !== qualifier.kind) at = at.parent;
    if (at === undefined || at.key !== ALL_SPECS[qualifier.kind].key(qualifier.name)) return false;
  }
  return true;
}
