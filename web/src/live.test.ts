import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Announced, Outcome, Polled } from './api/client';
import { FakeSocket, TO } from './api/testing';
import { Live } from './live';
import { apart, Poll, spread, type Soon } from './poll';

const UNAUTHORISED = [{ errorType: 'UnauthorizedException', message: 'no' }];
const PACE = 15;
/** What `Math.random` says. */
let random = 0.5;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  random = 0.5;
  vi.spyOn(Math, 'random').mockImplementation(() => random);
  FakeSocket.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** No socket can be made any more; returns how often it was tried since. */
function block(): () => number {
  const blocked = vi.fn(function () {
    throw new Error('blocked');
  });
  vi.stubGlobal('WebSocket', blocked);
  return () => blocked.mock.calls.length;
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

/** One that listens; how often it was told what. */
function listening(token = 'token') {
  const live = new Live();
  const told = { changed: 0, lost: 0 };
  live.changed = () => {
    told.changed++;
  };
  live.lost = () => {
    told.lost++;
  };
  live.follow(TO, token);
  return { live, told };
}

test.each(['eyJ.a~b?c>d.e', '???', '>>>>', '~~~~~'])('it connects, with the token in no address, and subscribes (%s)', (token) => {
  const { live, told } = listening(token);
  const socket = FakeSocket.last;
  const [protocol, header = ''] = socket.protocols;
  expect([socket.url, protocol]).toEqual([TO.url, 'aws-appsync-event-ws']);
  expect(header).toMatch(/^header-[A-Za-z0-9_-]+$/);
  const authorization = { host: 'api.example', Authorization: token };
  expect(JSON.parse(Buffer.from(header.slice('header-'.length), 'base64url').toString())).toEqual(authorization);
  expect(socket.sent).toEqual([]);
  socket.onopen?.();
  expect(socket.sent).toEqual([{ type: 'connection_init' }]);
  socket.say({ type: 'connection_ack', connectionTimeoutMs: 300_000 });
  expect(socket.sent[1]).toEqual({ type: 'subscribe', id: expect.any(String) as string, channel: TO.channel, authorization });
  expect([live.stands, told.changed]).toEqual([false, 0]);
  socket.say({ type: 'subscribe_success', id: socket.sent[1]?.['id'] });
  expect([live.stands, told.changed]).toEqual([true, 1]);
});

test('each event says that something changed, whatever is in it', () => {
  const { told } = listening();
  FakeSocket.last.stand();
  for (const event of ['{}', 'not JSON', ['{}', '{}'], undefined]) FakeSocket.last.say({ type: 'data', id: 'any', event });
  FakeSocket.last.say({ type: 'ka' });
  FakeSocket.last.say({ type: 'of tomorrow' });
  expect(told).toEqual({ changed: 1 + 4, lost: 0 });
});

test('a socket that falls silent is given up, and one that is heard is not', async () => {
  const { live, told } = listening();
  FakeSocket.last.stand();
  await seconds(20 * 60);
  expect([FakeSocket.all.length, live.stands]).toEqual([1, true]);
  FakeSocket.last.silent = true;
  await seconds(299);
  expect(live.stands).toBe(true);
  await seconds(6);
  expect([live.stands, told.lost, FakeSocket.all[0]?.closed]).toEqual([false, 1, true]);
  await seconds(31);
  expect(FakeSocket.all).toHaveLength(2);
  FakeSocket.last.stand();
  expect(told.changed).toBe(2);
});

test('a computer that has slept notices, whatever its timers did meanwhile', async () => {
  const { live } = listening();
  FakeSocket.last.stand();
  vi.setSystemTime(Date.now() + 3_600_000);
  await seconds(5);
  expect(live.stands).toBe(false);
});

test.each([
  ['open', () => undefined],
  ['answer', () => FakeSocket.last.onopen?.()],
  ['subscribe', () => {
    FakeSocket.last.onopen?.();
    FakeSocket.last.say({ type: 'connection_ack', connectionTimeoutMs: 300_000 });
  }],
])('a server that does not %s is not waited for long', async (_, before) => {
  const { told } = listening();
  before();
  await seconds(14);
  expect(FakeSocket.all[0]?.closed).toBe(false);
  await seconds(7);
  expect([FakeSocket.all[0]?.closed, FakeSocket.open(), told.lost]).toEqual([true, 0, 0]);
  await seconds(4);
  expect(FakeSocket.open()).toBe(1);
});

/** How long after a cut the next socket comes, in seconds. */
async function nextAfterCut(): Promise<number> {
  const before = FakeSocket.all.length;
  FakeSocket.last.cut();
  for (let waited = 0; ; waited += 0.5) {
    if (FakeSocket.all.length > before) return waited;
    await seconds(0.5);
  }
}

test.each([0, 0.25, 0.5, 0.999])('it tries again at any time within a limit that doubles up to a minute (%d)', async (at) => {
  listening();
  random = at;
  for (const limit of [4, 8, 16, 32, 60, 60, 60]) {
    const waited = await nextAfterCut();
    expect(waited).toBeGreaterThanOrEqual(limit * at);
    expect(waited).toBeLessThanOrEqual(limit * at + 0.5);
  }
});

test('after a socket that stood it may take a minute, since many lose theirs together; then the limit is small again', async () => {
  listening();
  for (let n = 0; n < 3; n++) await nextAfterCut();
  FakeSocket.last.stand();
  await seconds(61);
  expect([await nextAfterCut(), await nextAfterCut(), await nextAfterCut()]).toEqual([30, 4, 8]);
});

test('one that is cut as soon as it stands keeps the limit large', async () => {
  listening();
  for (let n = 0; n < 3; n++) await nextAfterCut();
  FakeSocket.last.stand();
  expect([await nextAfterCut(), await nextAfterCut()]).toEqual([30, 30]);
});

test.each([
  ['the connection', { type: 'connection_error', errors: UNAUTHORISED }, false],
  ['the subscription', { type: 'subscribe_error', id: 'any', errors: UNAUTHORISED }, false],
  ['what stood', { type: 'connection_error', errors: UNAUTHORISED }, true],
])('refused %s, it does not try again with this token', async (_, refusal, stood) => {
  const { live, told } = listening();
  const socket = FakeSocket.last;
  if (stood) socket.stand();
  socket.say(refusal);
  socket.cut();
  live.follow(TO, 'token');
  await seconds(600);
  live.follow(TO, 'token');
  expect([FakeSocket.all.length, FakeSocket.open(), told.lost]).toEqual([1, 0, stood ? 1 : 0]);
  live.follow(TO, 'new');
  expect(FakeSocket.open()).toBe(1);
  FakeSocket.last.stand();
  expect(live.stands).toBe(true);
});

test('refused with a token that was replaced meanwhile, it tries the new one', async () => {
  const { live } = listening('old');
  live.follow(TO, 'new');
  FakeSocket.last.say({ type: 'connection_error', errors: UNAUTHORISED });
  await seconds(4);
  FakeSocket.last.onopen?.();
  FakeSocket.last.say({ type: 'connection_ack', connectionTimeoutMs: 300_000 });
  expect(FakeSocket.last.sent[1]).toMatchObject({ authorization: { Authorization: 'new' } });
});

test('refused for another reason, it tries again', async () => {
  listening();
  FakeSocket.last.say({ type: 'connection_error', errors: [{ errorType: 'LimitExceededError' }] });
  await seconds(4);
  expect(FakeSocket.open()).toBe(1);
});

test('another token for the same channel cuts nothing, another channel does', () => {
  const { live } = listening('candidate');
  FakeSocket.last.stand();
  live.follow({ ...TO, refreshAfterSeconds: 200 }, 'attempt');
  expect([FakeSocket.all.length, live.stands]).toEqual([1, true]);
  live.follow({ ...TO, channel: '/room/1234567/def' }, 'attempt');
  expect([FakeSocket.all.length, FakeSocket.open(), live.stands]).toEqual([2, 1, false]);
  live.follow({ ...TO, channel: '/room/1234567/def', url: 'wss://elsewhere.example/' }, 'attempt');
  expect([FakeSocket.all.length, FakeSocket.open()]).toEqual([3, 1]);
});

test('closed, or with nowhere to listen, there is no socket any more', async () => {
  const { live, told } = listening();
  FakeSocket.last.stand();
  live.follow(undefined, 'token');
  expect([live.stands, FakeSocket.open()]).toEqual([false, 0]);
  live.follow(TO, 'token');
  FakeSocket.last.cut();
  live.close();
  await seconds(600);
  expect([FakeSocket.all.length, FakeSocket.open(), told.lost]).toEqual([2, 0, 0]);
});

test('a browser that lets no socket be made breaks nothing', async () => {
  const tries = block();
  const { live } = listening();
  await seconds(7);
  expect([live.stands, tries()]).toEqual([false, 3]);
});

interface Found {
  refreshAfterSeconds: number;
  live?: Announced;
}

/** Reads, each of which takes `takes` seconds, and what is told of changes. */
async function reading(soon: Soon, { takes = 0, stands = true } = {}) {
  const live = new Live();
  const asked: number[] = [];
  const server: { live: Announced | undefined; outcome: Outcome<Polled<Found>> | undefined } = { live: TO, outcome: undefined };
  const poll: Poll<Found> = new Poll<Found>({
    ask: async () => {
      asked.push(performance.now());
      const value = { refreshAfterSeconds: PACE, ...(server.live && { live: server.live }) };
      const outcome = server.outcome ?? { ok: true, value: { value, etag: '' } };
      if (takes) await new Promise((resolve) => setTimeout(resolve, takes * 1000));
      return outcome;
    },
    found: ({ live: to }) => {
      live.follow(to, 'token');
    },
    heard: () => undefined,
    failed: () => true,
    live,
    soon,
  });
  const reads = () => asked.length;
  if (stands) {
    await seconds(takes);
    FakeSocket.last.stand();
    // The read after the subscription.
    await seconds(10);
    expect(reads()).toBe(2);
  }
  /** How long after now the reads come, in seconds. */
  const within = async (count: number) => {
    const [from, known] = [performance.now(), reads()];
    await seconds(count);
    return asked.slice(known).map((at) => (at - from) / 1000);
  };
  return { live, poll, server, reads, within };
}

test('while changes are told it asks at that pace, and once when they begin to be', async () => {
  const { within } = await reading(spread, { stands: false });
  await seconds(1);
  FakeSocket.last.stand();
  // Half squared, of two seconds.
  expect(await within(10)).toEqual([0.5]);
  expect(await within(590)).toEqual([290.5]);
});

test.each([0, 0.5, 0.9, 0.999])('an event is read once, within two seconds (%d)', async (at) => {
  const { within } = await reading(spread);
  random = at;
  FakeSocket.last.tell();
  const [after = NaN, ...more] = await within(30);
  expect(more).toEqual([]);
  expect(after).toBeCloseTo(2 * at ** 2, 2);
});

test('most candidates read within half a second, and they do not read together', () => {
  vi.mocked(Math.random).mockRestore();
  const waits = Array.from({ length: 10_000 }, spread);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
  const within = (from: number, to: number) => waits.filter((wait) => wait >= from && wait < to).length / waits.length;
  expect(within(0, 500)).toBeCloseTo(0.5, 1);
  expect(within(1_000, 2_000)).toBeGreaterThan(0.25);
});

test('events that come twice or together are one read, not sooner for being many', async () => {
  const { within } = await reading(spread);
  random = 0.9;
  FakeSocket.last.tell();
  random = 0.1;
  for (let event = 0; event < 30; event++) FakeSocket.last.tell();
  const reads = await within(30);
  expect(reads).toHaveLength(1);
  expect(reads[0]).toBeCloseTo(1.62, 2);
});

test('events during a read lead to one more read, after it', async () => {
  const { within } = await reading(spread, { takes: 1 });
  FakeSocket.last.tell();
  await seconds(0.6);
  // The read is under way.
  for (let event = 0; event < 5; event++) FakeSocket.last.tell();
  const [after = NaN, ...more] = await within(60);
  expect(more).toEqual([]);
  // 0.9 s to its end, and half squared of two.
  expect(after).toBeCloseTo(0.9 + 0.5, 2);
});

test('a room reads at once, but once in two seconds at most, and the last event too', async () => {
  const { within } = await reading(apart, { takes: 0.1 });
  const reads = within(12);
  // Thirty ticks in three seconds.
  for (let tick = 0; tick < 30; tick++) setTimeout(() => { FakeSocket.last.tell(); }, tick * 100);
  expect((await reads).map((at) => Math.round(at * 10) / 10)).toEqual([0, 2, 4]);
});

test('a room in a tab behind others, whose timers are late, reads at once too', async () => {
  const { reads } = await reading(apart);
  FakeSocket.last.tell();
  await Promise.resolve();
  expect(reads()).toBe(3);
});

test('what the room itself did is read no more often than that', async () => {
  const { poll, within } = await reading(apart, { takes: 0.1 });
  const reads = within(12);
  for (let tick = 0; tick < 30; tick++) {
    setTimeout(() => {
      FakeSocket.last.tell();
      poll.outdate();
    }, tick * 90);
  }
  expect((await reads).length).toBeLessThanOrEqual(4);
});

test('asked for by somebody, it reads at once all the same', async () => {
  const { poll, within } = await reading(apart, { takes: 0.1 });
  FakeSocket.last.tell();
  await seconds(0.05);
  poll.again();
  expect((await within(1)).map((at) => Math.round(at * 100) / 100)).toEqual([0.05]);
});

test.each([0, 0.5, 0.999])('a lost socket cuts a long wait to any time within the pace without it (%d)', async (at) => {
  const { within } = await reading(spread);
  random = at;
  FakeSocket.last.cut();
  block();
  const [first = NaN, second = NaN] = await within(2 * PACE + 1);
  expect(first).toBeCloseTo(PACE * at, 1);
  expect(second - first).toBeCloseTo(PACE, 1);
});

test('a lost socket does not put off what is due sooner', async () => {
  const { within } = await reading(spread);
  random = 0.9;
  FakeSocket.last.tell();
  FakeSocket.last.cut();
  expect((await within(10))[0]).toBeCloseTo(1.62, 2);
});

test('where answers do not name a channel any more, the socket is closed', async () => {
  const { server, within } = await reading(spread);
  server.live = undefined;
  FakeSocket.last.tell();
  await seconds(5);
  expect(FakeSocket.open()).toBe(0);
  expect((await within(60)).length).toBe(4);
});

test('a server that fails is left alone, whatever is told, and then read', async () => {
  const { server, within } = await reading(spread);
  server.outcome = { ok: false, problem: { code: 'busy', title: '', detail: '', status: 503, errors: [] } };
  FakeSocket.last.tell();
  await seconds(0.6);
  const reads = within(5.5);
  for (let event = 0; event < 50; event++) setTimeout(() => { FakeSocket.last.tell(); }, event * 100);
  expect((await reads).length).toBe(1);
  server.outcome = undefined;
  expect((await within(10)).length).toBe(1);
});

test('nothing is read or heard after the end', async () => {
  const { live, poll, within } = await reading(spread);
  FakeSocket.last.tell();
  poll.stop();
  live.close();
  expect([await within(600), FakeSocket.open()]).toEqual([[], 0]);
});

test('the next poll takes the socket over as it stands', async () => {
  const { live, poll } = await reading(spread);
  poll.stop();
  let reads = 0;
  const next = new Poll<Found>({
    ask: () => {
      reads++;
      return Promise.resolve({ ok: true, value: { value: { refreshAfterSeconds: PACE, live: TO }, etag: '' } });
    },
    found: ({ live: to }) => {
      live.follow(to, 'attempt');
    },
    heard: () => undefined,
    failed: () => true,
    live,
    soon: spread,
  });
  await seconds(200);
  expect([reads, FakeSocket.all.length]).toEqual([1, 1]);
  FakeSocket.last.tell();
  await seconds(2);
  expect(reads).toBe(2);
  next.stop();
});

test('the first read after a loss is a whole answer, whether or not anything changed', async () => {
  const etags: string[] = [];
  const live = new Live();
  live.follow(TO, 'token');
  FakeSocket.last.stand();
  const answer = { value: { refreshAfterSeconds: PACE, live: TO }, etag: '"a"' };
  const ask = (etag: string): Promise<Outcome<Polled<{ refreshAfterSeconds: number; live: Announced }>>> => {
    etags.push(etag);
    return Promise.resolve({ ok: true, value: etag ? 'unchanged' : answer });
  };
  const poll = new Poll({ ask, found: () => undefined, heard: () => undefined, failed: () => true, live });
  await seconds(1);
  FakeSocket.last.tell();
  await seconds(1);
  FakeSocket.last.cut();
  await seconds(PACE);
  expect(etags).toEqual(['', '"a"', '']);
  poll.stop();
});
