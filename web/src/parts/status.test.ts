import { expect, test } from 'vitest';
import { candidate } from '../api/testing';
import { look, needing, needs, signs } from './status';

const waitingSince = '2026-01-05T13:00:00Z';
const NOON = Date.parse('2026-01-05T12:00:00Z');
const before = (minutes: number) => new Date(NOON - minutes * 60_000).toISOString();

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

test('after the session’s end, whoever was not ticked was absent, and nobody waits any more', () => {
  expect(look(candidate({ waitingSince }), true)).toBe('absent');
  expect(look(candidate({ status: 'present' }), true)).toBe('neverStarted');
  expect(look(candidate({ status: 'finished' }), true)).toBe('finished');
});

test('no sign hides another, or the status', () => {
  const silent = candidate({ status: 'in_progress', helpSince: before(2), awaySince: before(1), codeLockedUntil: before(-1) });
  expect(signs(silent, NOON)).toEqual(['calls', 'away', 'codeLocked']);
  expect(look(silent)).toBe('inProgress');
});

test('a lock is over when its time is; who was ticked may have a quarter of an hour to start', () => {
  expect(signs(candidate({ codeLockedUntil: before(0) }), NOON)).toEqual([]);
  expect(signs(candidate({ status: 'present', presentSince: before(14) }), NOON)).toEqual([]);
  expect(signs(candidate({ status: 'present', presentSince: before(15) }), NOON)).toEqual(['notStarted']);
  expect(signs(candidate({ status: 'in_progress', presentSince: before(15) }), NOON)).toEqual([]);
});

test.each([
  [{}, []],
  [{ status: 'present', helpSince: before(1) }, ['calls']],
  [{ waitingSince, helpSince: before(1) }, ['calls', 'waiting']],
  [{ status: 'interrupted' }, ['interrupted']],
  [{ status: 'interrupted', waitingSince, awaySince: before(1) }, ['asksToResume']],
  [{ status: 'in_progress', awaySince: before(1), overtime: true, endsAt: before(2) }, ['away', 'overtime']],
  [{ status: 'in_progress', awaySince: before(1), resumeAuthorised: true }, []],
  [{ status: 'interrupted', resumeAuthorised: true }, []],
] as const)('%j needs somebody for %j', (more, expected) => {
  expect(needs(candidate(more)).map(({ why }) => why)).toEqual(expected);
});

test('who has waited longest comes first, who waits since an unknown time last', () => {
  const room = [
    candidate({ id: 'present', status: 'present' }),
    candidate({ id: 'interrupted', status: 'interrupted' }),
    candidate({ id: 'waits', waitingSince: '2026-01-05T13:02:00Z' }),
    candidate({ id: 'waits longer', waitingSince }),
    candidate({ id: 'calls since before', waitingSince: '2026-01-05T13:03:00Z', helpSince: '2026-01-05T12:59:00Z' }),
  ];
  expect(needing(room).map(({ id }) => id)).toEqual(['calls since before', 'waits longer', 'waits', 'interrupted']);
});
