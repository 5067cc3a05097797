import type { NewCandidate } from '../api/client';
import { fold } from '../fold';

/** The same for the same person, whichever of the two names comes first. */
export function identity({ firstName, lastName, birthdate }: Pick<NewCandidate, 'firstName' | 'lastName' | 'birthdate'>): string {
  return [...[fold(firstName), fold(lastName)].sort(), birthdate].join('\n');
}
