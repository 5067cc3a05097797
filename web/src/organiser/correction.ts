import type { Candidate, CandidateEdit, NewCandidate, Problem } from '../api/client';
import { day } from '../time';
import type { Entry } from './entry';

/** A candidate as they would be typed. */
export function entryOf({ lastName, firstName, birthdate, extraTimePercent }: Candidate): Entry {
  return { lastName, firstName, birthdate: day(birthdate), extraTimePercent: extraTimePercent ? String(extraTimePercent) : '' };
}

/** What is typed otherwise than it stands. */
export function correction(candidate: Candidate, { extraTimePercent = 0, ...typed }: NewCandidate): CandidateEdit {
  const now = { ...typed, extraTimePercent };
  const fields = Object.keys(now) as (keyof typeof now)[];
  return Object.fromEntries(fields.filter((field) => now[field] !== candidate[field]).map((field) => [field, now[field]]));
}

/** Which field a refused correction is about, in the words that belong there. */
export function refusedFields({ code, errors }: Problem, words: { sameAsAnother: string; extraTimeOver: string }): Partial<Record<string, string>> {
  if (code === 'already_enrolled') return { lastName: words.sameAsAnother };
  if (code === 'test_ended') return { extraTimePercent: words.extraTimeOver };
  return Object.fromEntries(errors.map(({ field, message }) => [field, message]));
}
