import { ask, client, type Key } from '../api/client';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type Member = Schemas['Member'];
export type Invitation = Schemas['WaitingInvitation'];

/** The calls about one's centre. */
export const centreOf = (token: string) => ({
  see: () => ask((headers) => client.GET('/centre', { headers }), { token }),
  /** Whoever invites tries again themselves, with the same key: a service that sends no mail says so at once. */
  invite: async (email: string, key: Key) => {
    const outcome = await ask((headers) => client.POST('/centre/invitations', { body: { email }, headers }), { token, key, retries: [] });
    return outcome.ok ? { ok: true as const, value: true } : outcome;
  },
  withdraw: (email: string, key: Key) => ask((headers) => client.DELETE('/centre/invitations', { body: { email }, headers }), { token, key }),
  remove: (account: string, key: Key) => ask((headers) => client.DELETE('/centre/members/{account}', { params: { path: { account } }, headers }), { token, key }),
});
