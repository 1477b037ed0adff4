/** Names of the environment variables that stand for secrets. */

/** Variables that mean something else to this tool or to the application. */
const TAKEN = ["DJANGO_SECRET_KEY", "DJANGO_DB_PASSWORD"];

/** Gives each secret a name of its own: `WEB_APP_PRODUCTION_BACKEND_KEY`. The same calls give the same names. */
export class VariableNames {
  readonly #used = new Set<string>(TAKEN);
  readonly #given: string[] = [];

  /** A name made of the words of an entity's path; a number is added where another secret has it already. */
  of(parts: readonly string[]): string {
    const base = parts.map(word).filter((part) => part !== "").join("_");
    const legal = /^[A-Z]/.test(base) ? base : `SECRET_${base}`;
    let name = legal;
    for (let number = 2; this.#used.has(name); number++) name = `${legal}_${number}`;
    this.#used.add(name);
    this.#given.push(name);
    return name;
  }

  /** All names, in the order in which they were given. */
  get given(): readonly string[] {
    return this.#given;
  }
}

/** Letters and digits of a text in capitals, without accents, everything else as one underscore. */
function word(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
}
