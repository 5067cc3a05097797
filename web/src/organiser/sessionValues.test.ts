import { expect, test } from 'vitest';
import type { Session } from '../api/client';
import { asNewSession, edits, isPast, valuesOf } from './sessionValues';

const session: Session = {
  number: '1234567',
  date: '2026-06-15',
  time: '10:30',
  timeZone: 'Europe/Paris',
  site: 'Collège Jean Moulin',
  room: 'Salle 12',
  examiner: 'AED',
  durationMinutes: 105,
  status: 'open',
  opensAt: '2026-06-15T06:30:00Z',
  closesAt: '2026-06-16T08:30:00Z',
  candidateCount: 0,
};
const values = valuesOf(session);

test('only what differs is changed', () => {
  expect(edits(session, values)).toEqual({});
  expect(edits(session, { ...values, site: ' Collège Jean Moulin ' })).toEqual({});
  expect(edits(session, { ...values, room: 'Salle 14', durationMinutes: '90' })).toEqual({ room: 'Salle 14', durationMinutes: 90 });
});

test('an emptied proctor is nobody', () => {
  expect(edits(session, { ...values, examiner: ' ' })).toEqual({ examiner: '' });
});

test('a new session names a proctor only where there is one', () => {
  expect(asNewSession(values)).toMatchObject({ examiner: 'AED', durationMinutes: 105 });
  expect(asNewSession({ ...values, examiner: ' ' })).not.toHaveProperty('examiner');
});

test('a day is past once it is over in every zone', () => {
  expect(isPast('2026-06-15', Date.parse('2026-06-17T23:59Z'))).toBe(false);
  expect(isPast('2026-06-15', Date.parse('2026-06-18T00:01Z'))).toBe(true);
});
