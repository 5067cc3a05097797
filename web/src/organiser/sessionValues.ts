import type { NewSession, Session, SessionEdit } from '../api/client';
import { PARIS } from '../zones';

/** What is typed about a session. */
export const EMPTY = { date: '', time: '', site: '', room: '', examiner: '', durationMinutes: '105', timeZone: PARIS };
export type SessionValues = typeof EMPTY;

export function valuesOf({ date, time, site, room, examiner, durationMinutes, timeZone }: Session): SessionValues {
  return { date, time, site, room, examiner: examiner ?? '', durationMinutes: String(durationMinutes), timeZone };
}

export function asNewSession({ examiner, durationMinutes, ...rest }: SessionValues): NewSession {
  return { ...rest, durationMinutes: Number(durationMinutes), ...(examiner.trim() && { examiner }) };
}

/** What these values change in the session. */
export function edits(session: Session, values: SessionValues): SessionEdit {
  const before = valuesOf(session);
  const { durationMinutes, ...rest } = Object.fromEntries(
    Object.entries(values)
      .map(([field, value]) => [field, value.trim()])
      .filter(([field, value]) => before[field as keyof SessionValues] !== value),
  ) as Partial<SessionValues>;
  return { ...rest, ...(durationMinutes && { durationMinutes: Number(durationMinutes) }) };
}

/** Whether a session of that day is closed everywhere on earth: a day after it began, and the half day that zones may lie apart. */
export function isPast(date: string, now: number): boolean {
  return Date.parse(`${date}T00:00Z`) + 3 * 86_400_000 < now;
}
