import type { Session } from '../api/client';
import { clock, dateTime, day, dayOf } from '../time';
import type { texts } from './texts';

type Texts = (typeof texts)['fr'];

/** Where and when a session is, each with its name, as much as there is. */
export function facts(session: Session, t: Texts): string {
  const { site, room, examiner } = session;
  return [t.fact(t.room, room), examiner && t.fact(t.examiner, examiner), t.fact(t.site, site), dateTime(session)].filter(Boolean).join(' · ');
}

/** What keeps candidates from starting at this instant (milliseconds since 1970), if anything does. */
export function notice({ status, opensAt, closesAt, timeZone }: Session, now: number, t: Texts): string | undefined {
  const at = (instant: string) => [day(dayOf(instant, timeZone)), clock(instant, timeZone)] as const;
  if (status === 'finalised') return t.finalised;
  if (now < Date.parse(opensAt)) return t.notOpen(...at(opensAt));
  if (now >= Date.parse(closesAt)) return t.isClosed(...at(closesAt));
  return undefined;
}
