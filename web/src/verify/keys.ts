import { ask, client, type Outcome } from '../api/client';

/** The public keys of the service that this page is of, as it gives them. */
export function serverKeys(): Promise<Outcome<ArrayBuffer>> {
  return ask<ArrayBuffer>((headers) => client.GET('/.well-known/jwks.json', { headers, parseAs: 'arrayBuffer' }), {});
}
