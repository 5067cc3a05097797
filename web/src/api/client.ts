import createClient from 'openapi-fetch';
import { language } from '../language.svelte';
import { pause } from '../time';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['LoggedInAccount'];
/** Where changes are told. */
export type Announced = Schemas['Live'];
export type Board = Schemas['Polled_Board'];
export type Candidate = Schemas['CandidateView'];
export type CandidateEdit = Schemas['CandidateEdit'];
export type Column = Schemas['Column'];
export type Event = Schemas['Event'];
export type Imported = Schemas['Imported'];
export type ImportedLine = Schemas['ImportedLine'];
export type ImportedSession = Schemas['ImportedSession'];
export type ImportedSessions = Schemas['ImportedSessions'];
export type ImportFinding = Schemas['ImportFinding'];
export type Incident = Schemas['IncidentView'];
export type IncidentCategory = Schemas['IncidentCategory'];
export type JoinedAccount = Schemas['JoinedAccount'];
export type Joined = Schemas['Joined'];
export type Kit = Schemas['Kit'];
export type LeakedCode = Schemas['LeakedCode'];
export type LoggedIn = Schemas['LoggedIn'];
export type NameOrder = Schemas['NameOrder'];
export type NewCandidate = Schemas['NewCandidate'];
export type NewIncident = Schemas['NewIncident'];
export type NewSession = Schemas['NewSession'];
export type Pass = Schemas['Pass'];
/** What is told of every list. */
export type ReadList = Schemas['ImportSummary'] & { lines: ImportedLine[] };
export type Results = Schemas['Results']['results'];
export type Session = Schemas['SessionView'];
export type SessionEdit = Schemas['SessionEdit'];
export type Standing = Schemas['Polled_Standing'];
export type Status = Schemas['Status'];

/** Why something was not done: the API's own words, or ours where it could not be heard. */
export interface Problem {
  /** One of the API's, or `unreachable` or `not_understood`. */
  code: string;
  /** Empty where the page has to say it. */
  title: string;
  detail: string;
  status?: number;
  errors: Schemas['ProblemField'][];
  requestId?: string;
  /** In seconds. */
  retryAfter?: number;
  /** Wrong access codes that may still be tried before they are refused for a time. */
  triesLeft?: number;
  /** The token that is not taken any more. */
  lapsed?: string;
  /** This device has no network. */
  offline?: boolean;
}

/** No answer came. */
export const UNREACHABLE: Problem = { code: 'unreachable', title: '', detail: '', errors: [] };
const OFFLINE: Problem = { ...UNREACHABLE, offline: true };

/** What a call came to. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** How long an answer may take, in milliseconds: longer than the API's own limits (10 s). */
export const PATIENCE = 15_000;
/** The same for what is only read: it is soon read again. */
export const PATIENCE_TO_READ = 8_000;
/** Before each further try, in milliseconds; the API's `Retry-After` counts where it is longer. */
const RETRIES = [500, 2_000];
/** A gateway's own refusals, which another try may not meet. */
const PASSING = [502, 503, 504];
const REQUEST_IDS = ['X-Request-Id', 'apigw-requestid', 'x-amz-cf-id'];

export const client = createClient<paths>({
  baseUrl: '/',
  // Looked up at each call.
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(request.method === 'GET' ? PATIENCE_TO_READ : PATIENCE), cache: 'no-store' }),
});

/** What to send in the place of a token: a newer one, where there is one to be had. */
export const tokens = { fresh: (token: string): Promise<string> | string => token };

export interface Heard<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

type Call<T> = (headers: Record<string, string>) => Promise<Heard<T>>;

interface How {
  token?: string | undefined;
  key?: Key;
  etag?: string;
  retries?: number[];
}

/** Asks until there is an answer, a few times at most. */
export async function ask<T>(call: Call<T>, { token: known, key, etag, retries = RETRIES }: How): Promise<Outcome<T>> {
  const token = known && (await tokens.fresh(known));
  const headers = {
    'Accept-Language': language.now,
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(key && { 'Idempotency-Key': key }),
    ...(etag && { 'If-None-Match': etag }),
  };
  for (let tries = 0; ; tries++) {
    const wait = retries[tries];
    try {
      const { data, error, response } = await call(headers);
      if (response.ok) return { ok: true, value: data as T };
      const problem = problemOf(error, response, token);
      const after = (problem.retryAfter ?? 0) * 1000;
      if (!PASSING.includes(response.status) || wait === undefined || after > 5_000) return { ok: false, problem };
      await pause(Math.max(wait, after));
    } catch {
      if (!navigator.onLine) return { ok: false, problem: OFFLINE };
      if (wait === undefined) return { ok: false, problem: UNREACHABLE };
      await pause(wait);
    }
  }
}

function problemOf(error: unknown, response: Response, token: string | undefined): Problem {
  const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
  // Where the API was not reached, the gateway's own or CloudFront's.
  const requestId = REQUEST_IDS.map((name) => response.headers.get(name)).find(Boolean) ?? undefined;
  const told = typeof error === 'object' && error !== null && 'code' in error ? (error as Schemas['Problem']) : undefined;
  return {
    code: told?.code ?? 'not_understood',
    title: told?.title ?? '',
    detail: told?.detail ?? '',
    status: response.status,
    errors: told?.errors ?? [],
    ...((told?.requestId ?? requestId) && { requestId: told?.requestId ?? requestId }),
    ...(retryAfter && { retryAfter }),
    ...(told?.triesLeft !== undefined && { triesLeft: told.triesLeft }),
    ...(told?.code === 'unauthenticated' && token && { lapsed: token }),
  } as Problem;
}

/** Of one try of a person, the same for its retries, so that it is done once. */
export type Key = string & { readonly of: 'try' };

export function newKey(): Key {
  return crypto.randomUUID() as Key;
}

/** What a poll found: nothing new, or what is there now and how to ask for what comes after it. */
export type Polled<T> = { value: T; etag: string } | 'unchanged';

async function poll<T>(call: Call<T>, token: string | undefined, etag: string): Promise<Outcome<Polled<T>>> {
  const seen: { etag?: string; unchanged?: boolean } = {};
  const heard: Call<T> = async (headers) => {
    const heard = await call(headers);
    if (heard.response.status !== 304) {
      seen.etag = heard.response.headers.get('ETag') ?? '';
      return heard;
    }
    seen.unchanged = true;
    return { response: new Response() };
  };
  // Whoever polls asks again anyway.
  const outcome = await ask(heard, { token, etag, retries: [] });
  if (!outcome.ok) return outcome;
  return { ok: true, value: seen.unchanged ? 'unchanged' : { value: outcome.value, etag: seen.etag ?? '' } };
}

/** How whoever holds this token, if any, asks. */
const asker = (token?: string) => ({
  token,
  /** For what is there. */
  read: <T>(call: Call<T>) => ask(call, { token }),
  /** To have something done. */
  act: <T>(key: Key, call: Call<T>) => ask(call, { token, key }),
  /** For what is new since that answer, if any. */
  poll: <T>(etag: string, call: Call<T>) => poll(call, token, etag),
});
type Asker = ReturnType<typeof asker>;

const withCandidate = ({ token, read, act, poll }: Asker, path: { session: string; candidate: string }) => {
  const params = { path };
  return {
    authorise: (key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/resume', { params, headers })),
    withdraw: (key: Key) => act(key, (headers) => client.DELETE('/sessions/{session}/candidates/{candidate}/resume', { params, headers })),
    end: (key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/end', { params, headers })),
    unlink: (key: Key) => act(key, (headers) => client.DELETE('/sessions/{session}/candidates/{candidate}/account', { params, headers })),
    start: (accessCode: string, key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/start', { params, body: { accessCode }, headers })),
    leave: (key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/leave', { params, headers })),
    standing: (etag: string) => poll(etag, (headers) => client.GET('/sessions/{session}/candidates/{candidate}', { params, headers })),
    /** Says that the page of a running test is there, and asks where its candidate stands. */
    here: (etag: string) => poll<Standing>(etag, async (headers) => (await client.PUT('/sessions/{session}/candidates/{candidate}/here', { params, body: { here: true }, headers })) as Heard<Standing>),
    /** Says that the page of a running test is being closed; it is not there any more to hear the answer. */
    gone: () => ask((headers) => client.PUT('/sessions/{session}/candidates/{candidate}/here', { params, body: { here: false }, headers, keepalive: true }), { token, retries: [] }),
    call: (key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/help', { params, headers })),
    answer: (key: Key) => act(key, (headers) => client.DELETE('/sessions/{session}/candidates/{candidate}/help', { params, headers })),
    addMinutes: (minutes: number, reason: string, key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/minutes', { params, body: { minutes, reason }, headers })),
    issuePass: (key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates/{candidate}/pass', { params, headers })),
    history: () => read((headers) => client.GET('/sessions/{session}/candidates/{candidate}/history', { params, headers })),
    edit: (body: CandidateEdit, key: Key) => act(key, (headers) => client.PATCH('/sessions/{session}/candidates/{candidate}', { params, body, headers })),
    remove: (key: Key) => act(key, (headers) => client.DELETE('/sessions/{session}/candidates/{candidate}', { params, headers })),
  };
};

const inSession = (asker: Asker, path: { session: string }) => {
  const { read, act, poll } = asker;
  const params = { path };
  return {
    enter: (password: string) => act(newKey(), (headers) => client.POST('/sessions/{session}/proctors', { params, body: { password }, headers })),
    board: (etag: string) => poll(etag, (headers) => client.GET('/sessions/{session}/board', { params, headers })),
    tick: (candidates: string[], present: boolean, key: Key) => act(key, (headers) => client.PUT('/sessions/{session}/presence', { params, body: { present, candidates }, headers })),
    join: (body: Schemas['Identity']) => act(newKey(), (headers) => client.POST('/sessions/{session}/join', { params, body, headers })),
    enrol: (candidates: NewCandidate[], key: Key) => act(key, (headers) => client.POST('/sessions/{session}/candidates', { params, body: { candidates }, headers })),
    kit: () => read((headers) => client.GET('/sessions/{session}/kit', { params, headers })),
    finalise: (key: Key) => act(key, (headers) => client.POST('/sessions/{session}/finalise', { params, headers })),
    edit: (body: SessionEdit, key: Key) => act(key, (headers) => client.PATCH('/sessions/{session}', { params, body, headers })),
    delete: (key: Key) => act(key, (headers) => client.DELETE('/sessions/{session}', { params, headers })),
    replaceCodes: (replace: LeakedCode[], key: Key) => act(key, (headers) => client.POST('/sessions/{session}/codes', { params, body: { replace }, headers })),
    authorise: (candidates: string[], key: Key) => act(key, (headers) => client.POST('/sessions/{session}/resume', { params, body: { candidates }, headers })),
    end: (candidates: string[], key: Key) => act(key, (headers) => client.POST('/sessions/{session}/end', { params, body: { candidates }, headers })),
    addMinutes: (minutes: number, reason: string, candidates: string[], key: Key) =>
      act(key, (headers) => client.POST('/sessions/{session}/minutes', { params, body: { minutes, reason, candidates }, headers })),
    incidents: () => read((headers) => client.GET('/sessions/{session}/incidents', { params, headers })),
    report: (body: NewIncident, key: Key) => act(key, (headers) => client.POST('/sessions/{session}/incidents', { params, body, headers })),
    /** With no token: the code is who one is. */
    usePass: (code: string, key: Key) => act(key, (headers) => client.POST('/sessions/{session}/pass', { params, body: { code }, headers })),
    candidate: (candidate: string) => withCandidate(asker, { ...path, candidate }),
  };
};

const withToken = (asker: Asker) => {
  const { read, act } = asker;
  return {
    sessions: (cursor?: string) => read((headers) => client.GET('/sessions', { params: { query: cursor ? { cursor } : {} }, headers })),
    createSession: (body: NewSession, key: Key) => act(key, (headers) => client.POST('/sessions', { body, headers })),
    session: (session: string) => inSession(asker, { session }),
  };
};

const anybody = asker();

/** The calls of the API, such as `api.as(token).session(number).candidate(id).end(key)`. */
export const api = {
  signUp: (body: Schemas['NewAccount'], key: Key) => anybody.act(key, (headers) => client.POST('/accounts', { body, headers })),
  logIn: (body: Schemas['Credentials']) => anybody.act(newKey(), (headers) => client.POST('/login', { body, headers })),
  /** With its token alone, and at once: whatever waits for it goes on without it. */
  renew: (token: string) => ask((headers) => client.POST('/token', { headers: { ...headers, Authorization: `Bearer ${token}` } }), { retries: [] }),
  /** With a pass, without an account. */
  usePass: (session: string, code: string, key: Key) => inSession(anybody, { session }).usePass(code, key),
  as: (token: string) => withToken(asker(token)),
};
