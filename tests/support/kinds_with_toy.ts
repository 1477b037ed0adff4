/** The list of kinds with one more: stands in place of `src/kinds/index.ts` in a program that `toy_program.ts` starts. */
import { KINDS as FLAGSMITH_KINDS } from "../../src/kinds/index.ts";
import { toy } from "./toy/index.ts";

/** Every kind. */
export const KINDS = [
  ...FLAGSMITH_KINDS,
  toy,
] as const;
