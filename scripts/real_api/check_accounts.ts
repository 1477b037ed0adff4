/** Proof of users: they log in with the set's passwords, and links let them choose one. */
import type { Running } from "./application.ts";
import { field, logIn, results, send } from "./client.ts";
import { type Outcome, unless } from "./outcome.ts";
import type { Login } from "./sets.ts";

/** Every user logs in with the set's password and is who the set says; another password is refused. */
export async function checkLogins(
  logins: readonly Login[],
  { origin }: Running,
  outcome: Outcome,
): Promise<void> {
  for (const { email, password } of logins) {
    const token = await logIn(origin, email, password);
    const problems = [...unless(token !== undefined, "the log-in was refused")];
    if (token !== undefined) {
      const me = await send(origin, { method: "GET", path: "/api/v1/auth/users/me/", headers: auth(token) });
      problems.push(...unless(field(me.body, "email") === email, `logged in as ${field(me.body, "email")}`));
    }
    outcome.check(`log-in of ${email}`, problems);
  }
  const [first] = logins;
  if (first === undefined) throw new Error("The set has no user with a password");
  const wrong = await logIn(origin, first.email, `${first.password}x`);
  outcome.check(`log-in of ${first.email} with another password is refused`, [
    ...unless(wrong === undefined, "the log-in was accepted"),
  ]);
}

/**
 * Follows a reset link as the dashboard does: a token that was changed is refused, the link sets a password with which
 * the user logs in, and then it is used up.
 */
export async function checkResetLink(
  link: string,
  email: string,
  origin: Running["origin"],
  outcome: Outcome,
): Promise<void> {
  const [uid = "", token = ""] = new URL(link).pathname.split("/").slice(-2);
  const password = `Chosen-${crypto.randomUUID()}`;
  const follow = async (chosen: string, with_: string) => {
    const body = { uid, token: with_, new_password: chosen, re_new_password: chosen };
    return (await send(origin, { method: "POST", path: "/api/v1/auth/users/reset_password_confirm/", body }))
      .status;
  };
  const other = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
  outcome.check(
    `reset link of ${email} with another token is refused`,
    wrongStatus(await follow(password, other), 400),
  );
  outcome.check(`reset link of ${email} is accepted`, wrongStatus(await follow(password, token), 204));
  outcome.check(
    `log-in of ${email} with the password chosen there`,
    unless(await logIn(origin, email, password) !== undefined, "the log-in was refused"),
  );
  outcome.check(`reset link of ${email} is used up`, wrongStatus(await follow(`${password}2`, token), 400));
}

/** A master API key opens the organisation it belongs to, and no other key does. */
export async function checkMasterKey(
  key: string,
  organisation: string,
  { origin }: Running,
  outcome: Outcome,
): Promise<void> {
  const ask = async (value: string) =>
    await send(origin, {
      method: "GET",
      path: "/api/v1/organisations/",
      headers: { Authorization: `Api-Key ${value}` },
    });
  const answer = await ask(key);
  const names = results(answer.body).map((one) => field(one, "name"));
  outcome.check(`master API key of ${organisation}`, [
    ...wrongStatus(answer.status, 200),
    ...unless(names.length === 1 && names[0] === organisation, `it opens ${JSON.stringify(names)}`),
  ]);
  const { status } = await ask(`${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}`);
  outcome.check("another master API key is refused", unless([401, 403].includes(status), `status ${status}`));
}

/** The header of a logged-in user. */
export function auth(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Token ${token}` };
}

function wrongStatus(got: number, wanted: number): readonly string[] {
  return unless(got === wanted, `wanted status ${wanted}, got ${got}`);
}
