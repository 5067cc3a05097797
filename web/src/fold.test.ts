import { expect, test } from 'vitest';
import { fold } from './fold';

test.each([
  ['Zoé', 'ZOE'], ['Zoe\u0301', 'Zoé'], ['Lœtitia', 'loetitia'], ['Weiß', 'WEISS'], ['Jean-Pierre', 'jean  pierre'], ['L’Hôte', 'L\'HOTE'],
  ['Sørensen', 'Sorensen'], ['Łukasz', 'lukasz'], ['İpek', 'ipek'], ['Νίκος', 'ΝΙΚΟΣ'], ['ﬁona', 'Fiona'], ['Ngô\u200b', 'NGO'],
])('%s is %s', (a, b) => {
  expect(fold(a)).toBe(fold(b));
});

test.each([['Martin', 'Martine'], ['कि', 'कु'], ['王', '黄']])('%s is not %s', (a, b) => {
  expect(fold(a)).not.toBe(fold(b));
});

test('nothing is left of what is no name', () => {
  for (const text of ['-', ' \' ', '🙂', '']) expect(fold(text)).toBe('');
});
