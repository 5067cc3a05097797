import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Board, Outcome, Polled, Session, Standing } from './api/client';
import { candidate, FakeSocket, TO } from './api/testing';
import { Procedure } from './candidate/procedure.svelte';
import { login, people } from './people.svelte';
import { RoomState } from './proctor/room.svelte';

/** What the server answers, and what it was asked with. */
const server = vi.hoisted(() => {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
  Object.assign(globalThis, { sessionStorage: storage, localStorage: storage, location: { pathname: '/app/candidate' }, history: { replaceState: () => undefined } });
  Object.assign(globalThis, { document: { documentElement: {} }, addEventListener: () => undefined, scrollTo: () => undefined });
  return { asked: [] as string[], standing: {}, board: {}, refused: '' };
});
vi.mock('./api/client', async (actual) => {
  const answer = (token: string, call: string, value: object): Promise<Outcome<Polled<object>>> => {
    server.asked.push(`${call} ${token}`);
    if (server.refused === token) return Promise.resolve({ ok: false, problem: { code: 'unauthenticated', title: '', detail: '', status: 401, lapsed: token, errors: [] } });
    return Promise.resolve({ ok: true, value: { value, etag: '' } });
  };
  const as = (token: string) => ({
    session: () => ({
      board: () => answer(token, 'board', server.board),
      candidate: () => ({
        standing: () => answer(token, 'standing', server.standing),
        here: () => answer(token, 'here', server.standing),
      }),
    }),
  });
  return { ...(await actual<object>()), api: { as } };
});

const session = { number: '1234567', status: 'open' } as Session;
const zoe = candidate({ id: 'zoe', status: 'in_progress' });
const standing = (more: object = {}) => ({ ...zoe, session, start: 1, serverTime: '2026-06-15T09:00:00Z', refreshAfterSeconds: 15, live: TO, ...more }) as Standing;
const board = (more: object = {}) => ({ session, candidates: [zoe], codesIssued: 0, serverTime: '2026-06-15T09:00:00Z', refreshAfterSeconds: 5, live: TO, ...more }) as Board;
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
const tokenOf = ({ protocols }: FakeSocket) => (JSON.parse(Buffer.from((protocols[1] ?? '').slice('header-'.length), 'base64url').toString()) as { Authorization: string }).Authorization;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  Object.assign(server, { asked: [], standing: standing(), board: board(), refused: '' });
  people.candidacy.value = { token: 'candidate', session, candidate: zoe };
  people.proctoring.value = { token: 'proctor', session };
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A candidate who waits, and whose page hears of changes. */
async function waiting() {
  const procedure = new Procedure();
  const poll = procedure.watch();
  await seconds(0);
  FakeSocket.last.stand();
  await seconds(3);
  return { procedure, poll };
}

/** The same, as their test runs. */
async function running() {
  const { procedure, poll } = await waiting();
  const attempt = { token: 'attempt', id: 'a', start: 1, endsAt: '' };
  procedure.attempt.value = attempt;
  const next = procedure.run(attempt, {});
  poll.stop();
  await seconds(3);
  return { procedure, poll: next };
}

test('a candidate keeps one socket from waiting to the end of the test', async () => {
  const { procedure } = await running();
  expect([FakeSocket.all.length, server.asked.at(-1)]).toEqual([1, 'here attempt']);
  const before = server.asked.length;
  FakeSocket.last.tell();
  await seconds(3);
  expect(server.asked.slice(before)).toEqual(['here attempt']);
  // What comes after it is asked for with the latest token.
  FakeSocket.last.cut();
  await seconds(60);
  expect(tokenOf(FakeSocket.all[1] as FakeSocket)).toBe('attempt');
  procedure.close();
});

test.each([
  ['has finished', { status: 'finished' }],
  ['was ended', { status: 'ended' }],
  ['has a session that is finalised', { session: { ...session, status: 'finalised' } }],
])('it is closed for whoever %s', async (_, change) => {
  await running();
  server.standing = standing(change);
  FakeSocket.last.tell();
  await seconds(3);
  expect([FakeSocket.all.length, FakeSocket.open()]).toEqual([1, 0]);
});

test.each([
  ['goes away', (procedure: Procedure) => { procedure.close(); }],
  ['is somebody else', (procedure: Procedure) => { procedure.correct(); }],
  ['goes to another session', (procedure: Procedure) => { procedure.another(); }],
  ['was taken off', (procedure: Procedure) => { procedure.unlink(); }],
])('it is closed for whoever %s', async (_, act) => {
  const { procedure, poll } = await waiting();
  poll.stop();
  act(procedure);
  await seconds(600);
  expect([FakeSocket.all.length, FakeSocket.open()]).toEqual([1, 0]);
});

test('a test that was resumed elsewhere is still told of', async () => {
  const { procedure } = await running();
  server.standing = standing({ start: 2 });
  FakeSocket.last.tell();
  await seconds(3);
  expect([procedure.screen, FakeSocket.open()]).toEqual(['elsewhere', 1]);
  procedure.close();
});

test('a room keeps one socket, and closes it with the page', async () => {
  const room = new RoomState();
  await seconds(0);
  FakeSocket.last.stand();
  await seconds(120);
  expect([FakeSocket.all.length, tokenOf(FakeSocket.last)]).toEqual([1, 'proctor']);
  room.suspend();
  expect(FakeSocket.open()).toBe(0);
});

test('a proctor who had to log in again has another one', async () => {
  const room = new RoomState();
  await seconds(0);
  FakeSocket.last.stand();
  await seconds(3);
  server.refused = 'proctor';
  room.refresh();
  await seconds(0);
  people.proctoring.value = { token: 'again', session };
  login.renewed();
  await seconds(1);
  expect([FakeSocket.all.length, FakeSocket.open(), tokenOf(FakeSocket.last)]).toEqual([2, 1, 'again']);
  room.suspend();
});

test('a finalised session has nothing to tell', async () => {
  const room = new RoomState();
  await seconds(0);
  FakeSocket.last.stand();
  server.board = board({ session: { ...session, status: 'finalised' } });
  await seconds(3);
  expect([FakeSocket.all.length, FakeSocket.open()]).toEqual([1, 0]);
  room.suspend();
});
