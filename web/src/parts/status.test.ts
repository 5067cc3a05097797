import { expect, test } from 'vitest';
import { candidate } from '../api/testing';
import { look, problemsFirst } from './status';

const waitingSince = '2026-01-05T13:00:00Z';

test.each([
  [{}, 'enrolled'],
  [{ waitingSince }, 'waiting'],
  [{ status: 'present' }, 'present'],
  [{ status: 'in_progress' }, 'inProgress'],
  [{ status: 'in_progress', overtime: true }, 'overtime'],
  [{ status: 'in_progress', waitingSince }, 'asksToResume'],
  [{ status: 'in_progress', waitingSince, resumeAuthorised: true }, 'mayResume'],
  [{ status: 'interrupted' }, 'interrupted'],
  [{ status: 'interrupted', waitingSince, overtime: true }, 'asksToResume'],
  [{ status: 'finished' }, 'finished'],
  [{ status: 'ended' }, 'ended'],
] as const)('%j looks %s', (more, expected) => {
  expect(look(candidate(more))).toBe(expected);
});

test('who needs the proctor comes first, who waits longest before others; everybody else stays in order', () => {
  const room = [
    candidate({ id: 'present', status: 'present' }),
    candidate({ id: 'overtime', status: 'in_progress', overtime: true }),
    candidate({ id: 'waits', waitingSince: '2026-01-05T13:02:00Z' }),
    candidate({ id: 'finished', status: 'finished' }),
    candidate({ id: 'interrupted', status: 'interrupted' }),
    candidate({ id: 'waits longer', waitingSince }),
  ];
  expect(problemsFirst(room).map(({ id }) => id)).toEqual(['waits longer', 'waits', 'interrupted', 'overtime', 'present', 'finished']);
});
