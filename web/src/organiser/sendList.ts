import { ask, client, PATIENCE, PATIENCE_TO_READ, type Imported, type ImportedSessions, type Key, type Outcome } from '../api/client';
import type { ClassList } from './classList';

/** What a slow school sends in a millisecond, in bytes. */
const SLOW = 50;
/** How long one session takes at most, in milliseconds. */
const A_SESSION = 300;
const MAX_SESSIONS = 50;

export interface How {
  token: string;
  /** Of the try to enrol it; a dry run with one counts who was enrolled by that as not enrolled yet. */
  key: Key | undefined;
  /** Only reads it, until `stopped`. */
  dryRun?: { stopped: AbortSignal };
}

/** Sends a list as it is: to be read only, or to be enrolled. */
export function sendList(session: string, list: ClassList, how: How): Promise<Outcome<Imported>> {
  const query = queryOf(list, how);
  return ask((headers) => client.POST('/sessions/{session}/candidates/import', { ...asFile(list, how, headers), params: { path: { session }, query } }), asking(how));
}

/** The same of a list of sessions, to be created with whom it enrols; where it names no time zone, they are in this one. */
export function sendSessions(list: ClassList, timeZone: string, how: How): Promise<Outcome<ImportedSessions>> {
  const query = { ...queryOf(list, how), timeZone };
  return ask((headers) => client.POST('/sessions/import', { ...asFile(list, how, headers, how.dryRun ? 0 : A_SESSION * MAX_SESSIONS), params: { query } }), asking(how));
}

function queryOf({ order }: ClassList, { dryRun }: How) {
  return { ...(dryRun && { dryRun: true }), ...(order && { nameOrder: order }) };
}

function asking({ token, key, dryRun }: How) {
  return { token, ...(key && { key }), ...(dryRun && { retries: [500] }) };
}

/** The list as a request's body, which may take so many milliseconds more than others. */
function asFile({ content }: ClassList, { dryRun }: How, headers: Record<string, string>, more = 0) {
  const patience = (dryRun ? PATIENCE_TO_READ : PATIENCE) + content.size / SLOW + more;
  return {
    // The description knows no bytes.
    body: content as unknown as string,
    bodySerializer: (body: unknown) => body as string,
    headers: { ...headers, 'Content-Type': content.type },
    signal: within(patience, dryRun?.stopped),
    fetch: (request: Request) => fetch(request, { cache: 'no-store' }),
  };
}

/** Over after so many milliseconds, or once the other is. */
function within(milliseconds: number, other: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  if (other?.aborted) stop();
  other?.addEventListener('abort', stop);
  AbortSignal.timeout(milliseconds).addEventListener('abort', stop);
  return controller.signal;
}
