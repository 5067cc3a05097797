import createClient from 'openapi-fetch';
import { language } from '../language.svelte';
import { pause } from '../time';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['LoggedInAccount'];
export type Board = Schemas['Polled_Board'];
export type Candidate = Schemas['Candidate'];
export type Kit = Schemas['Kit'];
export type NewCandidate = Schemas['NewCandidate'];
export type NewSession = Schemas['NewSession'];
export type Session = Schemas['Session'];
export type Standing = Schemas['Polled_Standing'];
export type Status = Schemas['Status'];
export type Identity = Schemas['Identity'];

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
  /** The token that is not taken any more. */
  lapsed?: string;
}

/** No answer came. */
export const UNREACHABLE: Problem = { code: 'unreachable', title: '', detail: '', errors: [] };

/** What a call came to. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** How long an answer may take, in milliseconds: longer than the API's own limits (10 s). */
const PATIENCE = 15_000;
/** The same for what is only read: it is soon read again. */
const PATIENCE_TO_READ = 8_000;
/** Before each further try, in milliseconds; the API's `Retry-After` counts where it is longer. */
const RETRIES = [500, 2_000];
/** A gateway's own refusals, which another try may not meet. */
const PASSING = [502, 503, 504];
const REQUEST_IDS = ['X-Request-Id', 'apigw-requestid', 'x-amz-cf-id'];

const client = createClient<paths>({
  baseUrl: '/',
  // Looked up at each call.
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(request.method === 'GET' ? PATIENCE_TO_READ : PATIENCE), cache: 'no-store' }),
});

interface Heard<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Asks until there is an answer, a few times at most. An action bears the same key each time, so that it is done once. */
async function ask<T>(call: (headers: Record<string, string>) => Promise<Heard<T>>, token?: string, retries = RETRIES): Promise<Outcome<T>> {
  const headers: Record<string, string> = { 'Accept-Language': language.now };
  if (token) headers['Authorization'] = `Bearer ${token}`;
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
    ...(told?.code === 'unauthenticated' && token && { lapsed: token }),
  } as Problem;
}

/** A key for one try of a person, the same for its retries. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** What a poll found: nothing new, or what is there now and how to ask for what comes after it. */
export type Polled<T> = { value: T; etag: string } | 'unchanged';

async function polled<T>(call: (headers: Record<string, string>) => Promise<Heard<T>>, token: string, etag: string): Promise<Outcome<Polled<T>>> {
  const seen: { etag?: string; unchanged?: boolean } = {};
  const outcome = await ask(async (headers) => {
    const heard = await call(etag ? { ...headers, 'If-None-Match': etag } : headers);
    if (heard.response.status !== 304) {
      seen.etag = heard.response.headers.get('ETag') ?? '';
      return heard;
    }
    seen.unchanged = true;
    return { response: new Response() };
    // Whoever polls asks again anyway.
  }, token, []);
  if (!outcome.ok) return outcome;
  return { ok: true, value: seen.unchanged ? 'unchanged' : { value: outcome.value, etag: seen.etag ?? '' } };
}

const keyed = (headers: Record<string, string>, key: string) => ({ ...headers, 'Idempotency-Key': key });

export const api = {
  signUp: (body: Schemas['NewAccount'], key: string) => ask((headers) => client.POST('/accounts', { body, headers: keyed(headers, key) })),

  logIn: (body: Schemas['Credentials'], key = newKey()) => ask((headers) => client.POST('/login', { body, headers: keyed(headers, key) })),

  proctor: (token: string, session: string, password: string, key = newKey()) =>
    ask((headers) => client.POST('/sessions/{session}/proctors', { params: { path: { session } }, body: { password }, headers: keyed(headers, key) }), token),

  board: (token: string, session: string, etag: string) =>
    polled((headers) => client.GET('/sessions/{session}/board', { params: { path: { session } }, headers }), token, etag),

  tick: (token: string, session: string, candidates: string[], present: boolean, key: string) =>
    ask((headers) => client.PUT('/sessions/{session}/presence', { params: { path: { session } }, body: { present, candidates }, headers: keyed(headers, key) }), token),

  authoriseResume: (token: string, session: string, candidate: string, key: string) =>
    ask((headers) => client.POST('/sessions/{session}/candidates/{candidate}/resume', { params: { path: { session, candidate } }, headers: keyed(headers, key) }), token),

  withdrawResume: (token: string, session: string, candidate: string, key: string) =>
    ask((headers) => client.DELETE('/sessions/{session}/candidates/{candidate}/resume', { params: { path: { session, candidate } }, headers: keyed(headers, key) }), token),

  endTest: (token: string, session: string, candidate: string, key: string) =>
    ask((headers) => client.POST('/sessions/{session}/candidates/{candidate}/end', { params: { path: { session, candidate } }, headers: keyed(headers, key) }), token),

  unlink: (token: string, session: string, candidate: string, key: string) =>
    ask((headers) => client.DELETE('/sessions/{session}/candidates/{candidate}/account', { params: { path: { session, candidate } }, headers: keyed(headers, key) }), token),

  join: (token: string, session: string, body: Identity, key = newKey()) =>
    ask((headers) => client.POST('/sessions/{session}/join', { params: { path: { session } }, body, headers: keyed(headers, key) }), token),

  start: (token: string, session: string, candidate: string, accessCode: string, key: string) =>
    ask(
      (headers) =>
        client.POST('/sessions/{session}/candidates/{candidate}/start', {
          params: { path: { session, candidate } },
          body: { accessCode },
          headers: keyed(headers, key),
        }),
      token,
    ),

  leave: (token: string, session: string, candidate: string, key: string) =>
    ask((headers) => client.POST('/sessions/{session}/candidates/{candidate}/leave', { params: { path: { session, candidate } }, headers: keyed(headers, key) }), token),

  standing: (token: string, session: string, candidate: string, etag: string) =>
    polled((headers) => client.GET('/sessions/{session}/candidates/{candidate}', { params: { path: { session, candidate } }, headers }), token, etag),

  sessions: (token: string, cursor?: string) =>
    ask((headers) => client.GET('/sessions', { params: { query: cursor ? { cursor } : {} }, headers }), token),

  createSession: (token: string, body: NewSession, key: string) => ask((headers) => client.POST('/sessions', { body, headers: keyed(headers, key) }), token),

  enrol: (token: string, session: string, candidates: NewCandidate[], key: string) =>
    ask((headers) => client.POST('/sessions/{session}/candidates', { params: { path: { session } }, body: { candidates }, headers: keyed(headers, key) }), token),

  kit: (token: string, session: string) => ask((headers) => client.GET('/sessions/{session}/kit', { params: { path: { session } }, headers }), token),

  finalise: (token: string, session: string, key: string) =>
    ask((headers) => client.POST('/sessions/{session}/finalise', { params: { path: { session } }, headers: keyed(headers, key) }), token),
};
