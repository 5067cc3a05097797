export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** `2012-05-31` as `31/05/2012`. */
export function day(date: string): string {
  return date.split('-').reverse().join('/');
}

/** When a session is, where it takes place: `15/06/2026 - 10:30`, as the procedure writes it. */
export function dateTime({ date, time }: { date: string; time: string }): string {
  return `${day(date)} - ${time}`;
}

/** One for each zone: to make one takes a millisecond. */
const clocks: Partial<Record<string, Intl.DateTimeFormat>> = {};

/** The time of day of an instant where the session takes place, `14:05`. */
export function clock(instant: string | number, timeZone: string): string {
  clocks[timeZone] ??= new Intl.DateTimeFormat('fr', { hour: '2-digit', minute: '2-digit', timeZone });
  return clocks[timeZone].format(new Date(instant));
}

/** The day of an instant where the session takes place, `2026-06-15`. */
export function dayOf(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv', { timeZone }).format(new Date(instant));
}

/** An instant where the session takes place, written as `dateTime` does. */
export function dateTimeOf(instant: string, timeZone: string): string {
  return dateTime({ date: dayOf(instant, timeZone), time: clock(instant, timeZone) });
}

/** How long until an instant, in whole minutes, at least 0. */
export function minutesUntil(instant: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(instant) - now) / 60_000));
}

/** How long an instant is past, in whole minutes, at least 0. */
export function minutesSince(instant: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(instant)) / 60_000));
}

/** The server's clock, from what it last told: a school's computers are often wrong. */
export class ServerClock {
  #ahead = 0;

  heard(serverTime: string): void {
    this.#ahead = Date.parse(serverTime) - Date.now();
  }

  now(): number {
    return Date.now() + this.#ahead;
  }
}

/** Taps that follow one another faster than this, in milliseconds, are meant as one. */
export const IMPATIENCE = 1_000;

/** The taps on one thing. */
export class Taps {
  #at = -Infinity;

  /** Notes a tap; returns whether it is meant as one with the tap before it. */
  isAgain(): boolean {
    const before = this.#at;
    this.#at = performance.now();
    return this.#at - before < IMPATIENCE;
  }
}
