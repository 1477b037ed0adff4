/** Cases of wrong input: files that say at their top which variables they need. */

/** Variables that a case asks for: lines `# env: NAME=value`, and `# long: NAME=201` for a text of 201 letters. */
export function environmentOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...[...text.matchAll(/^# env: ([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
    ...[...text.matchAll(/^# long: ([A-Z0-9]+)=(\d+)$/gm)].map((
      [, name = "", length],
    ) => [name, "x".repeat(Number(length))]),
  ]);
}
