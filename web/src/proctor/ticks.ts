import { newKey, type Key } from '../api/client';
import { AT_ONCE } from '../api/limits';

/** Ticks that go to the server together; the key makes a retry the same try. */
export interface Ticks {
  key: Key;
  candidates: string[];
  present: boolean;
  /** An undo is not undone in its turn: pressed twice by mistake, it would do it all again. */
  isUndo: boolean;
  /** Some of it was answered, so that nobody else may join it: who was in it before would count as done. */
  isAnswered?: boolean;
}

/** What the ticks on their way will make of a candidate's presence. */
export function tickOf(queue: Ticks[], candidate: string): boolean | undefined {
  return queue.find(({ candidates }) => candidates.includes(candidate))?.present;
}

/**
 * The queue with these ticks too. Whoever is in it already stays as they are; others join what has not been sent, or was
 * sent in vain, so that many taps are few requests.
 */
export function withTicks(queue: Ticks[], candidates: string[], present: boolean, { isUndo = false, isSending = false } = {}): Ticks[] {
  const next = queue.map((ticks) => ({ ...ticks, candidates: [...ticks.candidates] }));
  for (const candidate of new Set(candidates)) {
    if (tickOf(queue, candidate) !== undefined) continue;
    const open = next.find(
      (ticks, at) => !(isSending && at === 0) && !ticks.isAnswered && ticks.present === present && ticks.isUndo === isUndo && ticks.candidates.length < AT_ONCE,
    );
    if (open) open.candidates.push(candidate);
    else next.push({ key: newKey(), candidates: [candidate], present, isUndo });
  }
  return next;
}

/** The queue once its first ticks were answered, but for those to be tried again. */
export function withoutFirst(queue: Ticks[], left: string[]): Ticks[] {
  const [first, ...rest] = queue;
  if (!first || !left.length) return rest;
  const isAnswered = first.isAnswered || left.length < first.candidates.length;
  return [{ ...first, candidates: left, ...(isAnswered && { isAnswered }) }, ...rest];
}
