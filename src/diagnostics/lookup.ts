/** Tables that are looked up by text from outside: `constructor` and `__proto__` are in none of them unless written there. */

/** The table without what every object inherits, so that a key that is not in it gives undefined. */
export function lookup<T>(table: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.freeze(
    Object.assign<Record<string, T>, Readonly<Record<string, T>>>(Object.create(null), table),
  );
}
