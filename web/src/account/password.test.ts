import { expect, test } from 'vitest';
import { rulesMet } from './password';

test('each rule is seen by itself', () => {
  expect(rulesMet('Surveillance1')).toEqual({ length: true, upper: true, lower: true, digit: true });
  expect(rulesMet('Court1')).toMatchObject({ length: false });
  expect(rulesMet('sans majuscule 1')).toMatchObject({ upper: false });
  expect(rulesMet('SANS MINUSCULE 1')).toMatchObject({ lower: false });
  expect(rulesMet('Sans chiffre')).toMatchObject({ digit: false });
});

test('letters are those of any language', () => {
  expect(rulesMet('Élan été 1')).toEqual({ length: true, upper: true, lower: true, digit: true });
  expect(rulesMet('ßßßßßßß1')).toMatchObject({ upper: false, lower: true });
});

test('a character counts once, however it is typed', () => {
  expect(rulesMet('Aa1e\u0301e\u0301e\u0301e\u0301')).toMatchObject({ length: false });
  expect(rulesMet('Aa1😀😀😀😀')).toMatchObject({ length: false });
  expect(rulesMet('Aa1😀😀😀😀😀')).toMatchObject({ length: true });
});
