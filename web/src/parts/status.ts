import type { Candidate } from '../api/client';

/** What a status looks like: its word, its colour, its shape. */
export type Look = 'enrolled' | 'waiting' | 'present' | 'inProgress' | 'asksToResume' | 'mayResume' | 'interrupted' | 'overtime' | 'finished' | 'ended';

/** How a candidate shows, seen by somebody who may have to act. */
export function look(candidate: Candidate): Look {
  switch (candidate.status) {
    case 'enrolled':
      return candidate.waitingSince ? 'waiting' : 'enrolled';
    case 'present':
      return 'present';
    case 'in_progress':
    case 'interrupted':
      if (candidate.resumeAuthorised) return 'mayResume';
      if (candidate.waitingSince) return 'asksToResume';
      if (candidate.status === 'interrupted') return 'interrupted';
      return candidate.overtime ? 'overtime' : 'inProgress';
    case 'finished':
      return 'finished';
    case 'ended':
      return 'ended';
  }
}

const FIRST: Look[] = ['waiting', 'asksToResume', 'interrupted', 'overtime'];

/** Whether this candidate needs the proctor. */
export function needsSomebody(candidate: Candidate): boolean {
  return FIRST.includes(look(candidate));
}

/** Those who need the proctor first, by how much; the others as they come. */
export function problemsFirst(candidates: Candidate[]): Candidate[] {
  const rank = (candidate: Candidate) => {
    const at = FIRST.indexOf(look(candidate));
    return at < 0 ? FIRST.length : at;
  };
  return candidates.toSorted((a, b) => rank(a) - rank(b) || (a.waitingSince ?? '').localeCompare(b.waitingSince ?? ''));
}
