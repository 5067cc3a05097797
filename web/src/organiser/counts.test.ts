import { expect, test } from 'vitest';
import { counts } from './counts';

const summary = { enrolled: 1, present: 2, inProgress: 3, interrupted: 4, finished: 5, ended: 6 };

test('whoever is done is over, whether by themselves or ended', () => {
  expect(counts(summary, false).at(-1)).toEqual(['over', 11]);
});

test('nobody is forgotten', () => {
  expect(counts(summary, false).reduce((sum, [, count]) => sum + count, 0)).toBe(21);
  const finalised = { ...summary, inProgress: 0, interrupted: 0 };
  expect(counts(finalised, true).reduce((sum, [, count]) => sum + count, 0)).toBe(14);
});

test('once finalised, who never came is absent and who only came never started', () => {
  expect(counts({ ...summary, inProgress: 0, interrupted: 0 }, true)).toEqual([['absent', 1], ['neverStarted', 2], ['over', 11]]);
});
