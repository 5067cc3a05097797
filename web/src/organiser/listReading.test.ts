import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Imported, Outcome } from '../api/client';
import { ListReading } from './listReading.svelte';

interface Sent {
  list: { text: string };
  stopped: AbortSignal;
  answer: (outcome: Outcome<Imported>) => Promise<void>;
}
let sent: Sent[] = [];
const found = (ready: number) => ({ ok: true, value: { ready } as Imported }) as const;
const reader = () =>
  new ListReading<{ text: string }>(
    (list, stopped) =>
      new Promise((resolve) => {
        sent.push({ list, stopped, answer: async (outcome) => { resolve(outcome); await vi.advanceTimersByTimeAsync(0); } });
      }),
  );
const at = (place: number) => sent.at(place) as Sent;

beforeEach(() => {
  sent = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test('a list is read once nobody types any more', () => {
  const reading = reader();
  for (const text of ['a', 'ab', 'abc']) {
    reading.look({ text }, 600);
    vi.advanceTimersByTime(599);
  }
  expect(sent).toHaveLength(0);
  expect(reading.busy).toBe(true);
  vi.advanceTimersByTime(1);
  expect(sent.map(({ list }) => list.text)).toEqual(['abc']);
});

test('no answer is shown for another list than the one that stands there', async () => {
  const reading = reader();
  reading.look({ text: 'old' }, 0);
  vi.advanceTimersByTime(0);
  reading.look({ text: 'new' }, 0);
  vi.advanceTimersByTime(0);
  expect([at(0).stopped.aborted, at(1).stopped.aborted]).toEqual([true, false]);
  await at(1).answer(found(2));
  expect(reading.found?.ready).toBe(2);
  await at(0).answer(found(1));
  expect(reading.found?.ready).toBe(2);

  reading.look({ text: 'newer' }, 600);
  expect([reading.found, reading.last?.ready, reading.busy]).toEqual([undefined, 2, true]);
  reading.look(undefined, 600);
  vi.advanceTimersByTime(600);
  expect([reading.found, reading.last, reading.busy, sent.length]).toEqual([undefined, undefined, false, 2]);
});

test('the same list is read again, and what was found stands until then', async () => {
  const reading = reader();
  reading.look({ text: 'a' }, 0);
  vi.advanceTimersByTime(0);
  await at(0).answer({ ok: false, problem: { code: 'unreachable', title: '', detail: '', errors: [] } });
  expect([reading.problem?.code, reading.busy]).toEqual(['unreachable', false]);
  reading.again();
  vi.advanceTimersByTime(0);
  expect([reading.problem, reading.busy]).toEqual([undefined, true]);
  await at(1).answer(found(1));
  reading.again();
  expect([reading.found?.ready, reading.busy]).toEqual([1, false]);
  vi.advanceTimersByTime(0);
  await at(2).answer(found(3));
  expect(reading.found?.ready).toBe(3);
});
