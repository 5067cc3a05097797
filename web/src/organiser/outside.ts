import type { Login } from '../renewal';

/** The login of somebody who is an organiser no more. */
export function outside(login: Login): Login {
  const account: Login['account'] = { ...login.account, roles: [] };
  delete account.centre;
  return { ...login, account };
}
