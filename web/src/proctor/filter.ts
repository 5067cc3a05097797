import type { Candidate } from '../api/client';
import { fold } from '../fold';
import { isOver, isRunning, needs } from '../parts/status';

/** Which candidates to show. */
export type Filter = 'all' | 'needing' | 'absent' | 'present' | 'running' | 'over';
export const FILTERS: Filter[] = ['all', 'needing', 'absent', 'present', 'running', 'over'];

const passes: Record<Filter, (candidate: Candidate) => boolean> = {
  all: () => true,
  needing: (candidate) => needs(candidate).length > 0,
  absent: ({ status }) => status === 'enrolled',
  present: ({ status }) => status === 'present',
  running: isRunning,
  over: isOver,
};

export function filtered(candidates: Candidate[], filter: Filter): Candidate[] {
  return candidates.filter(passes[filter]);
}

/** The words of a text, as names are compared. */
function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u).map(fold).filter(Boolean);
}

/** Those in whose name each typed word begins a word. */
export function found(candidates: Candidate[], typed: string): Candidate[] {
  const wanted = wordsOf(typed);
  return candidates.filter(({ firstName, lastName }) => {
    const names = wordsOf(`${firstName} ${lastName}`);
    return wanted.every((word) => names.some((name) => name.startsWith(word)));
  });
}
