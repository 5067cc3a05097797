import { expect, test } from 'vitest';
import names from '../../shared/src/domain/fold.json';
import { fold, hasWords, isSomebodyElse } from './fold';

test.each(Object.entries(names))('%s folds as the API folds it', (name, folded) => {
  expect(fold(name)).toBe(folded);
});

test('an account is somebody else’s by its names, in whatever writing and order', () => {
  const candidate = { firstName: 'Zoé', lastName: 'Bernard-Weiß' };
  const joinedAs = (firstName: string, lastName: string) => isSomebodyElse({ ...candidate, joinedAs: { firstName, lastName } });
  expect([isSomebodyElse(candidate), joinedAs('zoe', 'BERNARD WEISS'), joinedAs('Bernard Weiss', 'Zoé')]).toEqual([false, false, false]);
  expect([joinedAs('Zoé', 'Bernard'), joinedAs('Sacha', 'Essai')]).toEqual([true, true]);
  expect(isSomebodyElse({ ...candidate, joinedAs: { pass: true } })).toBe(false);
});

test.each([
  ['', true],
  ['95331', true],
  ['college moulin', true],
  ['SALLE 1', true],
  ['29/04', true],
  ['oulin', false],
  ['salle 13', false],
])('%s is searched in a session', (typed, is) => {
  expect(hasWords('9533127 Collège Jean-Moulin Salle 12 29/04/2022', typed)).toBe(is);
});
