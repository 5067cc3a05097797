import type { Candidate, Key, Problem, Session } from '../api/client';
import { isRunning } from '../parts/status';
import type { Language } from '../language.svelte';

/** Who the person says they are, as typed. */
export interface Draft {
  session: string;
  firstName: string;
  lastName: string;
  birthdate: string;
  /** Typed, and shown once more before it is sent. */
  confirming: boolean;
}

/** How far the candidate is with starting. */
export interface Entry {
  step: 'code' | 'waiting' | 'left' | 'elsewhere';
  code: string;
  /** Of the start being tried; the same until the server has said whether it counted. */
  key?: Key;
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
  draft: Draft | undefined;
  candidacy: { candidate: Candidate; session: Session } | undefined;
  entry: Entry | undefined;
  attempt: Attempt | undefined;
}

export type Screen = 'identity' | 'confirm' | Entry['step'] | 'test' | 'finished' | 'ended' | 'closed';

/** What to show next. */
export function screenFor({ draft, candidacy, entry, attempt }: Known): Screen {
  if (!candidacy) return draft?.confirming ? 'confirm' : 'identity';
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
