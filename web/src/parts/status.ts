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

/** Whether they may still be ticked and unticked. */
export function isBeforeStart({ status }: Candidate): boolean {
  return status === 'enrolled' || status === 'present';
}

/** Whether their test has begun and is not over. */
export function isRunning({ status }: Candidate): boolean {
  return status === 'in_progress' || status === 'interrupted';
}

/** What was there before, if it is the same still. */
export function unchanged(before: Candidate | undefined, now: Candidate): Candidate | undefined {
  return JSON.stringify(before) === JSON.stringify(now) ? before : undefined;
}

/** Those who look otherwise than before; whoever was not there before has not changed. */
export function changed(before: Candidate[], now: Candidate[]): Candidate[] {
  const looks: Partial<Record<string, Look>> = Object.fromEntries(before.map((candidate) => [candidate.id, look(candidate)]));
  return now.filter((candidate) => (looks[candidate.id] ?? look(candidate)) !== look(candidate));
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
