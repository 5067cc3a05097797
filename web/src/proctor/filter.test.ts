import { expect, test } from 'vitest';
import type { Candidate } from '../api/client';
import { candidate } from '../api/testing';
import { filtered, found } from './filter';

const named = (firstName: string, lastName: string) => candidate({ id: `${firstName} ${lastName}`, firstName, lastName });

const everybody = [named('Zoé', 'Bernard'), named('Jean-Noël', 'Lœwe'), named('Anaïs', 'd’Arc')];
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
    candidate({ id: 'a', waitingSince: '2026-01-05T13:00:00Z' }),
    candidate({ id: 'b', status: 'present' }),
    candidate({ id: 'c', status: 'in_progress' }),
    candidate({ id: 'd', status: 'interrupted' }),
    candidate({ id: 'e', status: 'ended' }),
    candidate({ id: 'f', status: 'in_progress', overtime: true, endsAt: '2026-01-05T12:00:00Z' }),
  ];
  const shown = (filter: Parameters<typeof filtered>[1]) => names(filtered(room, filter)).join('');
  expect([shown('all'), shown('needing'), shown('absent'), shown('present'), shown('running'), shown('over')]).toEqual([
    'abcdef',
    'adf',
    'a',
    'b',
    'cdf',
    'e',
  ]);
});
