/** What the specs of kinds are made of: zod schemas over positioned nodes (decision 0004). */
export { EMPTY_VARIABLE, type FieldDoc, fieldDocs, type FieldIssue, isScalar, lengthOf } from "./leaf.ts";
export {
  BEGIN_ITEMS,
  chosen,
  isWrittenNull,
  list,
  mapping,
  nullable,
  optional,
  record,
  type Structure,
  structures,
} from "./structure.ts";
export {
  blankChoice,
  choice,
  email,
  freeText,
  leafOf,
  line,
  name,
  secret,
  type TextOptions,
  textOrTexts,
  timestamp,
  VARIABLE_NAME,
  variableName,
} from "./text_fields.ts";
export {
  belowZero,
  bool,
  decimal,
  type FeatureValue,
  featureValue,
  INT32_MAX,
  integer,
  LARGEST_VALUE,
  limit,
  type Range,
  traitValueField,
} from "./value_fields.ts";
