import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outcome, Polled } from './api/client';
import { Poll } from './poll';

interface Found {
  refreshAfterSeconds: number;
  text: string;
}
type Answer = Outcome<Polled<Found>>;

const fresh = (text: string): Answer => ({ ok: true, value: { value: { refreshAfterSeconds: 5, text }, etag: `"${text}"` } });
const unchanged: Answer = { ok: true, value: 'unchanged' };
const failed: Answer = { ok: false, problem: { code: 'unreachable', title: '', detail: '', errors: [] } };

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A poll whose answers are given one by one. */
function polling(goOn = true) {
  const asked: { etag: string; answer: (answer: Answer) => Promise<void> }[] = [];
  const found: string[] = [];
  let heard = 0;
  let failures = 0;
  const poll = new Poll<Found>({
    ask: (etag) =>
      new Promise((resolve) => {
        const answer = async (given: Answer) => {
          resolve(given);
          await vi.advanceTimersByTimeAsync(0);
        };
        asked.push({ etag, answer });
      }),
    found: ({ text }) => found.push(text),
    heard: () => heard++,
    failed: () => {
      failures++;
      return goOn;
    },
  });
  const answer = async (given: Answer) => asked.at(-1)?.answer(given);
  return { poll, asked, found, answer, counts: () => ({ heard, failures }) };
}

test('it asks at the pace of the server, with what it knows', async () => {
  const { asked, found, answer, counts } = polling();
  await answer(fresh('a'));
  await vi.advanceTimersByTimeAsync(4_900);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(asked.map(({ etag }) => etag)).toEqual(['', '"a"']);
  await answer(unchanged);
  expect([found, counts()]).toEqual([['a'], { heard: 2, failures: 0 }]);
});

test('after failures it asks later and later, then at the pace again', async () => {
  const { asked, answer } = polling();
  for (const seconds of [2, 4, 8, 16, 30, 30]) {
    const before = asked.length;
    await answer(failed);
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(asked).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(2);
    expect(asked).toHaveLength(before + 1);
  }
  await answer(fresh('a'));
  await vi.advanceTimersByTimeAsync(5_001);
  expect(asked).toHaveLength(8);
});

test('an answer from before an action is not believed', async () => {
  const { poll, asked, found, answer } = polling();
  poll.outdate();
  await answer(fresh('before'));
  expect([found, asked.length]).toEqual([[], 2]);
  await answer(fresh('after'));
  expect(found).toEqual(['after']);
});

test('an answer from before an action is an answer all the same: it ends the waiting after failures', async () => {
  const { poll, asked, answer } = polling();
  for (const seconds of [2, 4, 8]) {
    await answer(failed);
    await vi.advanceTimersByTimeAsync(seconds * 1000 + 1);
  }
  poll.outdate();
  await answer(fresh('before'));
  expect(asked).toHaveLength(5);
});

test('it asks at once when told to, and no more when stopped', async () => {
  const { poll, asked, answer, found } = polling();
  await answer(fresh('a'));
  poll.again();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.map(({ etag }) => etag)).toEqual(['', '']);
  poll.stop();
  await answer(fresh('b'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked.length, found]).toEqual([2, ['a']]);
});

test('it ends when a failure is the end', async () => {
  const { asked, answer } = polling(false);
  await answer(failed);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(1);
});

test('stopped by what it found, it says and asks nothing more', async () => {
  const asked = vi.fn(() => Promise.resolve(fresh('a')));
  const heard = vi.fn();
  const poll: Poll<Found> = new Poll<Found>({
    ask: asked,
    found: () => {
      poll.stop();
    },
    heard,
    failed: () => true,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledTimes(1);
});

test('after a failure that has to be mended first, it waits until it is', async () => {
  let mend = (): void => undefined;
  const mended = new Promise<boolean>((resolve) => (mend = () => { resolve(true); }));
  const ask = vi.fn(() => Promise.resolve(failed));
  const poll = new Poll<Found>({ ask, found: () => undefined, heard: () => undefined, failed: () => mended });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  mend();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(ask).toHaveBeenCalledTimes(2);
  poll.stop();
});
