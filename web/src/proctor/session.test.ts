import { expect, test } from 'vitest';
import type { Session } from '../api/client';
import { facts, notice } from './session';
import { texts } from './texts';

const session = {
  number: '9533127',
  date: '2026-06-15',
  time: '09:00',
  timeZone: 'Europe/Paris',
  site: 'Collège Jean Moulin',
  room: '12',
  durationMinutes: 105,
  status: 'open',
  opensAt: '2026-06-15T05:00:00Z',
  closesAt: '2026-06-16T07:00:00Z',
  candidateCount: 0,
} satisfies Session;

test('site, room and proctor have their names, and only what there is', () => {
  expect(facts(session, texts.fr)).toBe('Salle\u00a0: 12 · Site\u00a0: Collège Jean Moulin · 15/06/2026 - 09:00');
  expect(facts({ ...session, examiner: 'AED' }, texts.en)).toContain('Proctor: AED');
});

test.each([
  ['2026-06-15T04:59:59Z', 'Les candidats pourront commencer le 15/06/2026 à partir de 07:00.'],
  ['2026-06-15T05:00:00Z', undefined],
  ['2026-06-16T06:59:59Z', undefined],
  ['2026-06-16T07:00:00Z', 'Plus personne ne peut commencer\u00a0: la session a fermé le 16/06/2026 à 09:00.'],
])('at %s the room says %s', (now, said) => {
  expect(notice(session, Date.parse(now), texts.fr)).toBe(said);
});

test('a finalised session says so, whenever', () => {
  expect(notice({ ...session, status: 'finalised' }, 0, texts.fr)).toContain('finalisée');
});
