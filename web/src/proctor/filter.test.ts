import { expect, test } from 'vitest';
import type { Candidate } from '../api/client';
import { filtered, found } from './filter';

const candidate = (firstName: string, lastName: string, more: Partial<Candidate> = {}): Candidate => ({
  id: `${firstName} ${lastName}`,
  firstName,
  lastName,
  birthdate: '2012-05-31',
  status: 'enrolled',
  joined: false,
  resumeAuthorised: false,
  overtime: false,
  extraTimePercent: 0,
  ...more,
});

const everybody = [candidate('Zoé', 'Bernard'), candidate('Jean-Noël', 'Lœwe'), candidate('Anaïs', 'd’Arc')];
const names = (candidates: Candidate[]) => candidates.map(({ id }) => id);

test.each([
  ['zoe', ['Zoé Bernard']],
  ['BERN', ['Zoé Bernard']],
  ['bernard zoé', ['Zoé Bernard']],
  ['noel loe', ['Jean-Noël Lœwe']],
  ['arc', ['Anaïs d’Arc']],
  ['ernard', []],
  ['  ', ['Zoé Bernard', 'Jean-Noël Lœwe', 'Anaïs d’Arc']],
])('%j finds %j', (typed, expected) => {
  expect(names(found(everybody, typed))).toEqual(expected);
});

test('each filter shows its own', () => {
  const room = [
    candidate('a', '', { waitingSince: '2026-01-05T13:00:00Z' }),
    candidate('b', '', { status: 'present' }),
    candidate('c', '', { status: 'in_progress' }),
    candidate('d', '', { status: 'interrupted' }),
    candidate('e', '', { status: 'ended' }),
    candidate('f', '', { status: 'in_progress', overtime: true }),
  ];
  const shown = (filter: Parameters<typeof filtered>[1]) => names(filtered(room, filter)).join('').replaceAll(' ', '');
  expect([shown('all'), shown('needing'), shown('absent'), shown('present'), shown('running'), shown('over')]).toEqual([
    'abcdef',
    'adf',
    'a',
    'b',
    'cdf',
    'e',
  ]);
});
