import { ask, client, type Heard, type Outcome } from '../api/client';

/** How long a full session's record may take in a slow school, in milliseconds. */
const PATIENCE = 60_000;

/** A file as the server gives it, to the byte. */
export interface ServedFile {
  name: string;
  content: Blob;
}

/** Reads the record of a session, to be verified or for a spreadsheet. */
export function readRecord(session: string, form: 'application/json' | 'text/csv', token: string): Promise<Outcome<ServedFile>> {
  return read(token, form, (asked) => client.GET('/sessions/{session}/report', { params: { path: { session } }, ...asked }));
}

/** What a session has on paper. */
export type Document = 'kit' | 'attendance' | 'report';

/** Reads it, as PDF. */
export function readDocument(session: string, document: Document, token: string): Promise<Outcome<ServedFile>> {
  return read(token, 'application/pdf', (asked) => client.GET(`/sessions/{session}/${document}.pdf`, { params: { path: { session } }, ...asked }));
}

interface Asked {
  headers: Record<string, string>;
  parseAs: 'blob';
  fetch: (request: Request) => Promise<Response>;
}

function read(token: string, form: string, call: (asked: Asked) => Promise<Heard<Blob>>): Promise<Outcome<ServedFile>> {
  return ask<ServedFile>(
    async (headers) => {
      const heard = await call({
        headers: { ...headers, Accept: form },
        parseAs: 'blob',
        fetch: (request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE), cache: 'no-store' }),
      });
      if (!heard.data) return { error: heard.error, response: heard.response };
      const name = /filename="([^"]+)"/.exec(heard.response.headers.get('Content-Disposition') ?? '')?.[1] ?? '';
      return { data: { name, content: heard.data }, response: heard.response };
    },
    { token, retries: [500] },
  );
}
