import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { candidate } from '../api/testing';
import { News } from './news.svelte';

const zoe = candidate({ id: 'zoe', status: 'present' });
const hugo = candidate({ id: 'hugo', status: 'present' });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('what was done is told for eight seconds, what came later for eight of its own', () => {
  const news = new News();
  news.tell({ kind: 'ticked', candidates: [zoe] });
  vi.advanceTimersByTime(7_000);
  news.tell({ kind: 'unticked', candidates: [hugo] });
  vi.advanceTimersByTime(7_900);
  expect(news.told?.candidates).toEqual([hugo]);
  vi.advanceTimersByTime(200);
  expect(news.told).toBeUndefined();
});

test('what goes on is told and taken back together, as long as it can be', () => {
  const news = new News();
  const undone = vi.fn();
  const undo = undone;
  news.tell({ kind: 'ticked', candidates: [zoe], undo });
  news.tell({ kind: 'ticked', candidates: [hugo], undo });
  expect(news.told?.candidates).toEqual([zoe, hugo]);
  news.undo?.();
  expect(undone).toHaveBeenCalledWith([zoe, hugo]);
});

test('it leaves when it is true of nobody any more, and is taken back for those of whom it is', () => {
  const news = new News();
  const undone = vi.fn();
  news.tell({ kind: 'ticked', candidates: [zoe, hugo], undo: undone });
  news.follow([zoe, { ...hugo, status: 'in_progress' }]);
  news.undo?.();
  expect(undone).toHaveBeenCalledWith([zoe]);
  news.follow([]);
  expect(news.told).toBeUndefined();
});

test('a refusal, or what is about nobody in particular, stays for its time', () => {
  const news = new News();
  news.tell({ kind: 'ticked', candidates: [], refused: { candidates: [zoe], code: 'test_ended' } });
  news.follow([]);
  expect(news.told?.refused?.code).toBe('test_ended');
  news.tell({ candidates: [], text: '+10 min' });
  news.follow([zoe]);
  expect(news.told?.text).toBe('+10 min');
});
