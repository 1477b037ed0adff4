/** Keys and links of a run: made once, before the commit, and shown after it. */
import type { UncommittedResult } from "../apply/apply.ts";
import { emailKey } from "../flagsmith/email.ts";
import { resetLink } from "../flagsmith/reset_link.ts";
import type { IssuedSecrets } from "../report/lines.ts";
import { domainOfLinks } from "./site_domain.ts";
import type { Io } from "./io.ts";

/** Keys and links of a run: what standard output shows, and what goes to the outputs file. */
export interface HandedOutValues {
  readonly printed: IssuedSecrets;
  readonly withoutSecrets: IssuedSecrets;
  /** All links, also of users that are no superusers. */
  readonly links: ReadonlyMap<string, string>;
  readonly masterKeys: ReadonlyMap<number, string>;
  /** Passwords that were made up. */
  readonly passwords: ReadonlyMap<number, string>;
}

/** True for a master API key that the files gave. */
function isChosen({ plan }: UncommittedResult, index: number): boolean {
  const declaration = plan.decisions.find(({ resource }) => resource.index === index)?.resource.declaration;
  return declaration !== undefined && Reflect.get(declaration.fields, "key") !== undefined;
}

/** Collects them; links only with Django's secret key, and nothing after a dry run. */
export async function collectHandedOut(
  result: UncommittedResult,
  options: { readonly resetLinks: "superusers" | "all" },
  io: Io,
): Promise<HandedOutValues> {
  const masterKeys = new Map(
    result.dryRun ? [] : [...result.masterKeys].map(([index, key]) => [index, key.reveal()]),
  );
  const passwords = new Map(
    result.dryRun ? [] : [...result.passwords].map(([index, password]) => [index, password.reveal()]),
  );
  const prefixes = new Map([...masterKeys].map(([index, key]) => [index, `${key.slice(0, 8)}.…`]));
  const links = new Map<string, string>();
  const secretKey = io.env("DJANGO_SECRET_KEY");
  if (secretKey !== undefined && secretKey !== "" && !result.dryRun) {
    const domain = domainOfLinks(io, result.site);
    for (const user of result.newUsers) {
      const link = await resetLink({
        userId: user.id,
        passwordColumn: user.passwordColumn,
        lastLogin: null,
        email: user.email,
        secretKey,
        now: new Date(io.now()),
        siteDomain: domain,
      });
      links.set(emailKey(user.email), link);
    }
  }
  const shown = new Map(
    [...links].filter(([email]) =>
      options.resetLinks === "all" || result.newUsers.some((u) => u.superuser && emailKey(u.email) === email)
    ),
  );
  return {
    // Who chose a key has it.
    printed: {
      keys: new Map(
        [...masterKeys].map((
          [index, key],
        ) => [index, isChosen(result, index) ? prefixes.get(index) ?? "" : key]),
      ),
      links: shown,
      passwords,
    },
    withoutSecrets: { keys: prefixes, links: new Map(), passwords: new Map() },
    links,
    masterKeys,
    passwords,
  };
}
