import type { Session } from '../api/client';

/** Where a session stands, for its organiser. */
export type Phase = 'planned' | 'open' | 'toFinalise' | 'finalised';

export function phase({ status, opensAt, closesAt }: Pick<Session, 'status' | 'opensAt' | 'closesAt'>, now: number): Phase {
  if (status === 'finalised') return 'finalised';
  if (now < Date.parse(opensAt)) return 'planned';
  return now < Date.parse(closesAt) ? 'open' : 'toFinalise';
}
