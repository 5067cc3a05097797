import type { Announced, Outcome, Polled, Problem } from './api/client';
import { Live } from './live';

/** After a failed poll: at first, doubled each time, at most; in seconds. */
const [AT_FIRST, AT_MOST] = [2, 30];
/** How long after a change is told it is read at most, in milliseconds. */
const SOON = 2_000;

/** In how many milliseconds to read what has changed, by those since the last read began. */
export type Soon = (since: number) => number;
/** At once, but not more often than this: a room has one page or a few, and much to tell. */
export const apart: Soon = (since) => Math.max(0, SOON - since);
/** Soon rather than late, and not all at once: a whole room may be told together. */
export const spread: Soon = () => SOON * Math.random() ** 2;

export interface Polling<T> {
  ask: (etag: string) => Promise<Outcome<Polled<T>>>;
  /** What is there now; not called when nothing has changed. */
  found: (value: T) => void;
  /** Each time the server was heard. */
  heard: () => void;
  /** Returns whether to go on, and when. */
  failed: (problem: Problem) => boolean | Promise<boolean>;
  /** Where changes are told, if they are. */
  live?: Live;
  soon?: Soon;
}

/** Reads something again when it is told to have changed, and at the pace the server gives, until stopped. */
export class Poll<T extends { refreshAfterSeconds: number; live?: Announced }> {
  readonly #polling: Polling<T>;
  readonly #live: Live;
  readonly #soon: Soon;
  #etag = '';
  /** Without and with changes being told. */
  #pace = AT_FIRST;
  #livePace = AT_FIRST;
  /** Counts what makes an answer that is on its way too old to be believed. */
  #era = 0;
  #failures = 0;
  #stopped = false;
  #askedAt = 0;
  /** What is known, or will be by the answer on its way, may be old. */
  #isBehind = false;
  /** The same, and somebody waits for it. */
  #isWanted = false;
  /** Until when it waits. */
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | undefined;

  constructor(polling: Polling<T>) {
    const { live = new Live(), soon = () => 0 } = polling;
    [this.#polling, this.#live, this.#soon] = [polling, live, soon];
    live.changed = () => {
      this.#changed();
    };
    live.lost = () => {
      // The answer is to tell where to listen from now on, and how often to ask, whether or not anything changed.
      this.#etag = '';
      // Spread over all of it: many may lose this together.
      this.#sooner(Math.random() * this.#pace * 1000);
    };
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#wake?.();
  }

  /** Something was just done: an answer that is on its way tells of the time before. */
  outdate(): void {
    this.#etag = '';
    this.#era++;
  }

  /** Reads again at once. */
  again(): void {
    this.outdate();
    this.#isWanted = true;
    this.#wake?.();
  }

  /** Also what this page did itself is told, and read: something else may have changed with it. */
  #changed(): void {
    if (this.#isBehind) return;
    this.#isBehind = true;
    this.#sooner(this.#soon(performance.now() - this.#askedAt));
  }

  async #run(): Promise<void> {
    while (await this.#read()) {
      const wait = this.#wait();
      if (wait) await this.#sleep(wait);
      if (this.#isStopped()) return;
    }
  }

  /** Returns whether to go on. */
  async #read(): Promise<boolean> {
    const era = this.#era;
    this.#isBehind = this.#isWanted = false;
    this.#askedAt = performance.now();
    const outcome = await this.#polling.ask(this.#etag);
    if (this.#stopped) return false;
    if (outcome.ok) this.#failures = 0;
    if (era !== this.#era) {
      this.#isBehind = true;
    } else if (outcome.ok) {
      if (outcome.value !== 'unchanged') {
        const { etag, value } = outcome.value;
        this.#etag = etag;
        this.#pace = value.refreshAfterSeconds;
        this.#livePace = value.live?.refreshAfterSeconds ?? this.#pace;
        this.#polling.found(value);
      }
      this.#polling.heard();
    } else {
      this.#failures++;
      if (!(await this.#polling.failed(outcome.problem))) return false;
    }
    return !this.#isStopped();
  }

  /** How long until the next read, in milliseconds. */
  #wait(): number {
    if (this.#isWanted) return 0;
    const backOff = Math.min(AT_MOST, AT_FIRST * 2 ** (this.#failures - 1));
    // Spread, so that a room whose network comes back does not ask as one.
    if (this.#failures) return backOff * (0.75 + Math.random() / 2) * 1000;
    if (this.#isBehind) return this.#soon(performance.now() - this.#askedAt);
    return (this.#live.stands ? this.#livePace : this.#pace) * 1000;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#wakeIn(milliseconds);
    });
  }

  /** Reads in so many milliseconds at the latest; after failures the server is left alone as long as it was meant to be. */
  #sooner(milliseconds: number): void {
    if (this.#failures || performance.now() + milliseconds >= this.#until) return;
    // In a tab behind others a timer may take a minute.
    if (milliseconds) this.#wakeIn(milliseconds);
    else this.#wake?.();
  }

  #wakeIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#until = performance.now() + milliseconds;
    this.#timer = setTimeout(() => this.#wake?.(), milliseconds);
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}
