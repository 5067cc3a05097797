import { expect, test } from 'vitest';
import type { Candidate, Session, Status } from '../api/client';
import { mayStart, screenFor, startOf, type Attempt, type Entry } from './next';

const draft = { session: '7203011', firstName: 'Zoé', lastName: 'Bernard', birthdate: '31/05/2012' };
const attempt: Attempt = { token: 'a.b.c', id: 'A', start: 1, endsAt: '2026-11-23T12:00:00Z' };
const entry = (step: Entry['step']): Entry => ({ step, code: 'XGDZ46' });

function candidate(status: Status, resumeAuthorised = false): Candidate {
  return { ...draft, id: 'Z', birthdate: '2012-05-31', status, joined: true, resumeAuthorised, overtime: false, extraTimePercent: 0, extraMinutes: 0 };
}

function candidacy(status: Status, session: Session['status'] = 'open') {
  return { candidate: candidate(status), session: { status: session } as Session };
}

const none = { place: 'candidate', draft: undefined, candidacy: undefined, entry: undefined, attempt: undefined };

test('who they are comes first, then whether that is right', () => {
  expect(screenFor(none)).toBe('identity');
  expect(screenFor({ ...none, draft })).toBe('identity');
  expect(screenFor({ ...none, place: 'candidate/confirm', draft })).toBe('confirm');
  expect(screenFor({ ...none, place: 'candidate/confirm' })).toBe('identity');
  expect(screenFor({ ...none, place: 'candidate/confirm', draft: { ...draft, birthdate: '31/02/2012' } })).toBe('identity');
});

test('a pass is asked for until it has let somebody in', () => {
  expect(screenFor({ ...none, place: 'candidate/pass', draft })).toBe('pass');
  expect(screenFor({ ...none, place: 'candidate/pass', candidacy: candidacy('present') })).toBe('code');
});

test('whoever has joined is asked for the code, then goes step by step', () => {
  expect(screenFor({ ...none, place: 'candidate/confirm', draft, candidacy: candidacy('enrolled') })).toBe('code');
  for (const step of ['code', 'waiting', 'left', 'elsewhere'] as const) {
    expect(screenFor({ ...none, candidacy: candidacy('interrupted'), entry: entry(step) })).toBe(step);
  }
});

test('a closed browser knows of no attempt and asks for the code', () => {
  expect(screenFor({ ...none, candidacy: candidacy('in_progress') })).toBe('code');
});

test('an attempt is shown as soon as it is there, and after a reload', () => {
  expect(screenFor({ ...none, candidacy: candidacy('present'), entry: entry('code'), attempt })).toBe('test');
  expect(screenFor({ ...none, candidacy: candidacy('in_progress'), entry: entry('waiting'), attempt })).toBe('test');
});

test('what is over is over, whatever else is known', () => {
  for (const status of ['finished', 'ended'] as const) {
    expect(screenFor({ ...none, draft, candidacy: candidacy(status, 'finalised'), entry: entry('waiting'), attempt })).toBe(status);
  }
  expect(screenFor({ ...none, draft, candidacy: candidacy('present', 'finalised'), entry: entry('waiting'), attempt: undefined })).toBe('closed');
});

test('a tick lets in once, an authorisation lets in again', () => {
  const first = (['enrolled', 'present', 'in_progress', 'interrupted', 'finished', 'ended'] as const).filter((status) => mayStart(candidate(status)));
  expect(first).toEqual(['present']);
  const again = (['enrolled', 'in_progress', 'interrupted', 'finished', 'ended'] as const).filter((status) => mayStart(candidate(status, true)));
  expect(again).toEqual(['in_progress', 'interrupted']);
});

test('the start is read from the token', () => {
  const payload = Buffer.from(JSON.stringify({ start: 2, sub: 'ÿ?>' })).toString('base64url');
  expect(startOf(`header.${payload}.signature`)).toBe(2);
});
