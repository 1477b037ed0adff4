/** What differs between a live row and its file, field by field: data, without words and without policy. */
import type { Content } from "../kinds/kind.ts";
import type { EntryCounts } from "../kinds/live.ts";

/** One difference, or one thing that a file asks for beside its fields. */
export type FieldChange =
  | {
    readonly kind: "shown";
    /** As the file calls it. */
    readonly field: string;
    /** Of a field that holds several entries. */
    readonly counts?: EntryCounts;
    /** The live value. */
    readonly from: Content;
    /** The value of the file. */
    readonly to: Content;
  }
  /** Old or new value come from a secret source. */
  | { readonly kind: "secret"; readonly field: string; readonly counts?: EntryCounts }
  /** The live entity has the name that `renamed_from` gives. */
  | { readonly kind: "renamed"; readonly from: string }
  /** `rotate` asks for another credential. */
  | { readonly kind: "rotated"; readonly what: "password" | "key" };
