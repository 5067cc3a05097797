import { expect, test, vi } from 'vitest';
import { tickOf, withoutFirst, withTicks } from './ticks';

vi.mock('../api/client', () => ({ newKey: () => crypto.randomUUID() }));

const names = (queue: { candidates: string[] }[]) => queue.map(({ candidates }) => candidates.join(' '));

test('taps made while a request is under way go together in the next one', () => {
  let queue = withTicks([], ['a'], true);
  for (const candidate of ['b', 'c', 'd']) queue = withTicks(queue, [candidate], true, { isSending: true });
  expect(names(queue)).toEqual(['a', 'b c d']);
});

test('what was sent in vain takes along what waits since, under its own key', () => {
  const queue = withTicks([], ['a'], true);
  const again = withTicks(withoutFirst(queue, ['a']), ['b'], true);
  expect(names(again)).toEqual(['a b']);
  expect(again[0]?.key).toBe(queue[0]?.key);
});

test('a tick is not undone by another tap before it has arrived', () => {
  const queue = withTicks(withTicks([], ['a'], true), ['a'], false);
  expect(names(queue)).toEqual(['a']);
  expect(tickOf(queue, 'a')).toBe(true);
});

test('what was answered in part takes nobody along', () => {
  const queue = withoutFirst(withTicks([], ['a', 'b'], true), ['b']);
  expect(names(withTicks(queue, ['a'], true))).toEqual(['b', 'a']);
});

test('ticks, ticks taken back and what undoes them go apart, and 99 at a time', () => {
  const many = Array.from({ length: 120 }, (_, n) => `${n}`);
  let queue = withTicks([], many, true);
  queue = withTicks(queue, ['x'], false);
  queue = withTicks(queue, ['y'], false, { isUndo: true });
  expect(queue.map(({ candidates }) => candidates.length)).toEqual([99, 21, 1, 1]);
  expect(withoutFirst(queue, [])).toHaveLength(3);
});
