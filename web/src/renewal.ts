import type { Account, LoggedIn, Outcome } from './api/client';

/** Somebody who has logged in. */
export interface Login {
  token: string;
  account: Account;
  /** When the token ends, by this device's clock, in milliseconds since 1970. */
  endsAt: number;
}

/** A token that ends sooner than this is renewed before it is used, in milliseconds. */
const SOON = 5 * 60_000;

/** What is kept of a login that begins or was renewed now. */
export function loginOf({ accessToken: token, account, expiresIn }: LoggedIn): Login {
  return { token, account, endsAt: Date.now() + expiresIn * 1000 };
}

/** Keeps a login from ending while the page is used: gives the token to use in the place of one that ends soon, or has ended. */
export function renewing(kept: { value: Login | undefined }, renew: (token: string) => Promise<Outcome<LoggedIn>>): (token: string) => Promise<string> | string {
  let underWay: Promise<string> | undefined;
  let refused: string | undefined;

  async function renewed(token: string): Promise<string> {
    const outcome = await renew(token);
    underWay = undefined;
    if (!outcome.ok && outcome.problem.status === 401) refused = token;
    // Meanwhile somebody else may sit here.
    if (!outcome.ok || kept.value?.token !== token) return token;
    kept.value = loginOf(outcome.value);
    return kept.value.token;
  }

  return (token) => {
    const login = kept.value;
    const isFresh = login?.token !== token || login.endsAt > Date.now() + SOON;
    return isFresh || token === refused ? token : (underWay ??= renewed(token));
  };
}
