import type { Candidate } from '../api/client';
import { hasWords } from '../fold';
import { nameOf } from '../parts/name';
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

/** Those in whose name each typed word begins a word. */
export function found(candidates: Candidate[], typed: string): Candidate[] {
  return candidates.filter((candidate) => hasWords(nameOf(candidate), typed));
}
