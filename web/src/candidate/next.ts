import type { Candidate, Key, Problem, Session } from '../api/client';
import type { Asked } from '../asking';
import { readBirthdate } from '../birthdate';
import type { Language } from '../language.svelte';
import { isRunning } from '../parts/status';
import { CONFIRM, PASS } from './places';

/** Who the person says they are, as typed. */
export interface Draft {
  session: string;
  firstName: string;
  lastName: string;
  birthdate: string;
}

/** The session and the pass that somebody comes in with, and how they were last sent. */
export interface PassDraft {
  session: string;
  code: string;
  asked?: Asked;
}

/** How far the candidate is with starting. */
export interface Entry {
  step: 'code' | 'waiting' | 'left' | 'elsewhere';
  code: string;
  /** Of the start being tried; the same until the server has said whether it counted. */
  key?: Key;
  /** Until when codes are refused, by this computer's clock. */
  lockedUntil?: number;
  /** The start was sent, and its answer is not known. */
  pending?: boolean;
  /** Why the candidate waits, and the language it is said in. */
  refusal?: Problem;
  language?: Language;
}

/** The test as it was started here. */
export interface Attempt {
  token: string;
  id: string;
  /** Which start of the test this is. */
  start: number;
  endsAt: string;
}

interface Known {
  /** Where the page is. */
  place: string;
  draft: Draft | undefined;
  candidacy: { candidate: Candidate; session: Session } | undefined;
  entry: Entry | undefined;
  attempt: Attempt | undefined;
}

export type Screen = 'identity' | 'confirm' | 'pass' | Entry['step'] | 'test' | 'finished' | 'ended' | 'closed';

/** Whether this can be the number of a session. */
export function isSessionNumber(typed: string): boolean {
  return /^\d{5,9}$/.test(typed.replace(/\s/g, ''));
}

/** What to show next. */
export function screenFor({ place, draft, candidacy, entry, attempt }: Known): Screen {
  if (!candidacy) {
    if (place === PASS) return 'pass';
    return place === CONFIRM && draft && 'date' in readBirthdate(draft.birthdate) ? 'confirm' : 'identity';
  }
  const { candidate, session } = candidacy;
  if (candidate.status === 'finished' || candidate.status === 'ended') return candidate.status;
  if (session.status === 'finalised') return 'closed';
  return attempt ? 'test' : (entry?.step ?? 'code');
}

/** Whether a start would be let in now. */
export function mayStart(candidate: Candidate): boolean {
  return candidate.status === 'present' || (isRunning(candidate) && candidate.resumeAuthorised);
}

/** Which start an attempt token is for. */
export function startOf(token: string): number {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return (JSON.parse(atob(payload)) as { start: number }).start;
}
