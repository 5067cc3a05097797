import { expect, test } from 'vitest';
import { cells, NEVER, strange } from './code';

test.each([
  ['XGDZ46', 'XGDZ46'],
  ['xgdz46', 'XGDZ46'],
  [' xgd z46\n', 'XGDZ46'],
  ['XGD-Z46', 'XGDZ46'],
  ['X G D\u00a0Z 4 6', 'XGDZ46'],
  ['XGDZ467', 'XGDZ46'],
  ['xg', 'XG'],
  ['', ''],
])('%j is shown as %j', (typed, shown) => {
  expect(cells(typed, 6)).toBe(shown);
});

test('a pass has two characters more', () => {
  expect(cells('xgd4-6bc7d', 8)).toBe('XGD46BC7');
});

test('what no code has is found, each once, as it was typed', () => {
  expect(strange('XGD246')).toEqual([]);
  expect(strange('OXO1')).toEqual(['O', '1']);
  expect(NEVER).toBe('0, 1, 5, A, E, I, L, N, O, S, U, Z');
});
