import { expect, test } from 'vitest';
import { readExtraTime } from './extraTime';

test.each([
  ['', 0], ['0', 0], ['-', 0], ['—', 0], ['non', 0], ['Non', 0], ['No', 0],
  ['33', 33], ['33%', 33], ['33 %', 33], ['+33 %', 33], ['50', 50], ['200', 200], ['201', 201],
  ['1/3', 33], ['oui', 33], ['OUI', 33], ['x', 33], ['X', 33], ['yes', 33], ['tiers temps', 33], ['Tiers-temps', 33],
])('%j is %d percent', (text, percent) => {
  expect(readExtraTime(text)).toBe(percent);
});

test.each(['33,3', '33.3 %', '-5', 'beaucoup', '??', '6B', '1/2'])('%j is no percentage', (text) => {
  expect(readExtraTime(text)).toBeUndefined();
});
