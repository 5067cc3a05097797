import type { Session } from '../api/client';

/** Where a session stands, for its organiser. */
export type Phase = 'planned' | 'open' | 'toFinalise' | 'finalised';

export function phase({ status, opensAt, closesAt }: Pick<Session, 'status' | 'opensAt' | 'closesAt'>, now: number): Phase {
  if (status === 'finalised') return 'finalised';
  if (now < Date.parse(opensAt)) return 'planned';
  return now < Date.parse(closesAt) ? 'open' : 'toFinalise';
}

const GROUPS = ['ahead', 'toFinalise', 'finalised'] as const;
type Group = (typeof GROUPS)[number];

/** The groups that have sessions: what comes next first, what is over latest first. */
export function grouped(sessions: Session[], now: number): [Group, Session[]][] {
  const groupOf = (session: Session): Group => {
    const seen = phase(session, now);
    return seen === 'planned' || seen === 'open' ? 'ahead' : seen;
  };
  const sorted = sessions.toSorted((a, b) => Date.parse(a.opensAt) - Date.parse(b.opensAt));
  return GROUPS.map((group): [Group, Session[]] => {
    const those = sorted.filter((session) => groupOf(session) === group);
    return [group, group === 'ahead' ? those : those.reverse()];
  }).filter(([, those]) => those.length);
}
