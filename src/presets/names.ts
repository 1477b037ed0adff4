/** Names of the shipped sets, without loading their texts. */
export const PRESET_NAMES: readonly string[] = ["bootstrap", "demo", "dev", "e2e", "flagsmith-on-flagsmith"];
