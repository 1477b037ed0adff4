/** What was taken into the log, as lines and as JSON. Pure. */
import type { Adoption, AdoptResult } from "../adopt/adopt.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { rowWords } from "./address_words.ts";
import { escapeControls } from "./display.ts";
import { diagnosticJson, JSON_VERSION } from "./diagnostic_json.ts";
import { fieldName } from "./change_words.ts";
import { describe } from "./lines.ts";
import { changeJson } from "./plan_lines.ts";

type Word = Adoption["word"];

const WHY: Readonly<Record<Exclude<Word, "adopted">, string>> = {
  differs: "differs from the files",
  missing: "is not there",
  logged: "in the log already",
};

/** A line an entity, and the summary; what the log knew already has one only with `verbose`. */
export function adoptLines({ dryRun, adoptions }: AdoptResult, verbose: boolean): readonly string[] {
  const lines = adoptions.filter(({ word }) => verbose || word !== "logged").map(
    ({ word, resource, address, changes }) => {
      const words = escapeControls(resource === undefined ? rowWords(address) : describe(resource));
      if (word === "adopted") return `${dryRun ? "Would adopt" : "Adopted"} ${words}.`;
      const fields = changes.map(fieldName).join(", ");
      return `${dryRun ? "Would leave" : "Left"} ${words} (${WHY[word]}${
        fields === "" ? "" : `: ${fields}`
      }).`;
    },
  );
  const counts = adoptSummary(adoptions);
  const left = counts.differs + counts.missing + counts.logged;
  return [
    ...lines,
    dryRun
      ? `Dry run: ${counts.adopted} to adopt, ${left} to leave.`
      : `Adoption complete: ${counts.adopted} adopted, ${left} left.`,
  ];
}

/** How many entities had which fate. */
export function adoptSummary(adoptions: readonly Adoption[]): Readonly<Record<Word, number>> {
  const count = (word: Word): number => adoptions.filter((a) => a.word === word).length;
  return {
    adopted: count("adopted"),
    differs: count("differs"),
    missing: count("missing"),
    logged: count("logged"),
  };
}

/** The result for programs. */
export function adoptJson(
  { dryRun, adoptions }: AdoptResult,
  diagnostics: readonly Diagnostic[],
): Readonly<Record<string, unknown>> {
  return {
    version: JSON_VERSION,
    dry_run: dryRun,
    actions: adoptions.map(({ word, resource, address, changes }) => ({
      action: word,
      kind: resource?.kind ?? "row",
      name: resource?.name ?? address.slice("row:".length),
      ...(resource?.parent === undefined ? {} : { parent: resource.parent.name }),
      address,
      ...(changes.length === 0 ? {} : { changes: changes.map(changeJson) }),
    })),
    summary: adoptSummary(adoptions),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}
