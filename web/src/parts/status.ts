import type { Candidate } from '../api/client';

/** What a status looks like: its word, its colour, its shape. */
export type Look =
  | 'enrolled'
  | 'absent'
  | 'waiting'
  | 'present'
  | 'neverStarted'
  | 'inProgress'
  | 'asksToResume'
  | 'mayResume'
  | 'interrupted'
  | 'overtime'
  | 'finished'
  | 'ended';

/** What is said of a candidate beside their status; none hides another. */
export type Sign = 'calls' | 'away' | 'codeLocked' | 'notStarted';

/** Why a candidate needs somebody. */
export type Need = 'calls' | 'waiting' | 'asksToResume' | 'away' | 'overtime' | 'interrupted';

/** Whoever was ticked this long ago and has not started may be stuck; in milliseconds. */
const START_TAKES = 15 * 60_000;


/** How a candidate shows, seen by somebody who may have to act, or after the session's end. */
export function look(candidate: Candidate, isFinalised = false): Look {
  switch (candidate.status) {
    case 'enrolled':
      if (isFinalised) return 'absent';
      return candidate.waitingSince ? 'waiting' : 'enrolled';
    case 'present':
      return isFinalised ? 'neverStarted' : 'present';
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

/** What is to be said of a candidate at this instant (milliseconds since 1970), beside their status. */
export function signs({ status, helpSince, awaySince, codeLockedUntil, presentSince }: Candidate, now: number): Sign[] {
  const found: Sign[] = [];
  if (helpSince) found.push('calls');
  if (awaySince) found.push('away');
  if (codeLockedUntil && Date.parse(codeLockedUntil) > now) found.push('codeLocked');
  if (status === 'present' && presentSince && Date.parse(presentSince) + START_TAKES <= now) found.push('notStarted');
  return found;
}

/** Why a candidate needs somebody, and since when as far as it is known; the most pressing first. */
export function needs(candidate: Candidate): { why: Need; since?: string }[] {
  const { helpSince, waitingSince, awaySince, endsAt, overtime, resumeAuthorised } = candidate;
  const isShut = isRunning(candidate) && !resumeAuthorised;
  const found: { why: Need; since?: string }[] = [];
  if (helpSince) found.push({ why: 'calls', since: helpSince });
  if (candidate.status === 'enrolled' && waitingSince) found.push({ why: 'waiting', since: waitingSince });
  if (isShut && waitingSince) found.push({ why: 'asksToResume', since: waitingSince });
  else if (isShut && candidate.status === 'interrupted') found.push({ why: 'interrupted' });
  else if (isShut && awaySince) found.push({ why: 'away', since: awaySince });
  if (isRunning(candidate) && overtime && endsAt) found.push({ why: 'overtime', since: endsAt });
  return found;
}

/** Whether they are cut off from a test that runs, and need an authorisation to go on. */
export function isHeld(candidate: Candidate): boolean {
  return needs(candidate).some(({ why }) => why === 'asksToResume' || why === 'interrupted');
}

/** Those who need somebody, whoever has waited longest first. */
export function needing(candidates: Candidate[]): Candidate[] {
  const since = (candidate: Candidate) => Math.min(...needs(candidate).map(({ since }) => (since ? Date.parse(since) : Number.MAX_VALUE)));
  return candidates.filter((candidate) => needs(candidate).length).toSorted((a, b) => since(a) - since(b));
}

/** Whether they may still be ticked and unticked. */
export function isBeforeStart({ status }: Candidate): boolean {
  return status === 'enrolled' || status === 'present';
}

/** Whether their test has begun and is not over. */
export function isRunning({ status }: Candidate): boolean {
  return status === 'in_progress' || status === 'interrupted';
}

/** Whether their test is over for ever. */
export function isOver({ status }: Candidate): boolean {
  return status === 'finished' || status === 'ended';
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
