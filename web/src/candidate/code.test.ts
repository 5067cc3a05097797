import { expect, test } from 'vitest';
import { cells } from './code';

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
  expect(cells(typed)).toBe(shown);
});
