import type { Session } from '../api/client';
import { day } from '../time';

/** `15/06/2026 - 10:30`, as the procedure writes it. */
export function dateTime({ date, time }: Pick<Session, 'date' | 'time'>): string {
  return `${day(date)} - ${time}`;
}
