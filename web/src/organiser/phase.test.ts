import { expect, test } from 'vitest';
import { phase } from './phase';

test('a session is planned, open, to be finalised, finalised', () => {
  const session = { status: 'open' as const, opensAt: '2026-06-15T05:00:00Z', closesAt: '2026-06-16T07:00:00Z' };
  const at = (instant: string) => phase(session, Date.parse(instant));
  expect(at('2026-06-15T04:59:59Z')).toBe('planned');
  expect(at('2026-06-15T05:00:00Z')).toBe('open');
  expect(at('2026-06-16T06:59:59Z')).toBe('open');
  expect(at('2026-06-16T07:00:00Z')).toBe('toFinalise');
  expect(phase({ ...session, status: 'finalised' }, 0)).toBe('finalised');
});
