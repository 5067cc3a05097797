import { ask, client, newKey, type Key } from '../api/client';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type OwnAccount = Schemas['Account'];
export type Candidacy = Schemas['Candidacy'];

/** Whoever waits for a letter asks again themselves, and a password that may have been changed is not sent twice. */
const ONCE = { retries: [] };

/** The calls about one's own account; apart from all others, so that nobody waits for them on the way to a test. */
export const calls = {
  forgot: (email: string) => ask((headers) => client.POST('/password-resets', { body: { email }, headers }), { key: newKey(), ...ONCE }),
  choosePassword: (body: Schemas['Reset']) => ask((headers) => client.PUT('/password', { body, headers }), ONCE),
  prove: (token: string) => ask((headers) => client.PUT('/email-proofs', { body: { token }, headers }), ONCE),
  as: (token: string) => ({
    see: () => ask((headers) => client.GET('/account', { headers }), { token }),
    rename: (body: Schemas['AccountEdit'], key: Key) => ask((headers) => client.PATCH('/account', { body, headers }), { token, key }),
    askForProof: () => ask((headers) => client.POST('/email-proofs', { headers }), { token, key: newKey(), ...ONCE }),
    changePassword: (body: Schemas['PasswordChange']) => ask((headers) => client.PUT('/account/password', { body, headers }), { token, ...ONCE }),
    accept: (invitation: string) => ask((headers) => client.POST('/centre/members', { body: { token: invitation }, headers }), { token, key: newKey() }),
    erase: (password: string, key: Key) => ask((headers) => client.DELETE('/account', { body: { password }, headers }), { token, key }),
  }),
};
