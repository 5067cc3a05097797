import { expect, test } from 'vitest';
import type { Session } from '../api/client';
import { grouped, phase } from './phase';

test('a session is planned, open, to be finalised, finalised', () => {
  const session = { status: 'open' as const, opensAt: '2026-06-15T05:00:00Z', closesAt: '2026-06-16T07:00:00Z' };
  const at = (instant: string) => phase(session, Date.parse(instant));
  expect(at('2026-06-15T04:59:59Z')).toBe('planned');
  expect(at('2026-06-15T05:00:00Z')).toBe('open');
  expect(at('2026-06-16T06:59:59Z')).toBe('open');
  expect(at('2026-06-16T07:00:00Z')).toBe('toFinalise');
  expect(phase({ ...session, status: 'finalised' }, 0)).toBe('finalised');
});

test('what comes next comes first, what is over comes latest first', () => {
  const now = Date.parse('2026-06-15T12:00:00Z');
  const on = (day: string, status: 'open' | 'finalised' = 'open') =>
    ({ number: day, status, opensAt: `2026-06-${day}T08:00:00Z`, closesAt: `2026-06-${day}T20:00:00Z` }) as Session;
  const sessions = [on('16'), on('11', 'finalised'), on('13'), on('20'), on('15'), on('14'), on('12', 'finalised')];
  expect(grouped(sessions, now).map(([group, those]) => [group, those.map(({ number }) => number)])).toEqual([
    ['ahead', ['15', '16', '20']],
    ['toFinalise', ['14', '13']],
    ['finalised', ['12', '11']],
  ]);
  expect(grouped([on('16')], now).map(([group]) => group)).toEqual(['ahead']);
});
