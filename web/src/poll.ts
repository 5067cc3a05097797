import type { Outcome, Polled, Problem } from './api/client';
import { pause } from './time';

/** After a failed poll: at first, doubled each time, at most; in seconds. */
const [AT_FIRST, AT_MOST] = [2, 30];

export interface Polling<T> {
  ask: (etag: string) => Promise<Outcome<Polled<T>>>;
  /** What is there now; not called when nothing has changed. */
  found: (value: T) => void;
  /** Each time the server was heard. */
  heard: () => void;
  /** Returns whether to go on, and when. */
  failed: (problem: Problem) => boolean | Promise<boolean>;
}

/** Reads something again at the pace the server gives, until stopped. */
export class Poll<T extends { refreshAfterSeconds: number }> {
  readonly #polling: Polling<T>;
  #etag = '';
  #pace = AT_FIRST;
  /** Counts what makes an answer that is on its way too old to be believed. */
  #era = 0;
  #stopped = false;
  #wake: ((stopped: boolean) => void) | undefined;

  constructor(polling: Polling<T>) {
    this.#polling = polling;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.(true);
  }

  /** Something was just done: an answer that is on its way tells of the time before. */
  outdate(): void {
    this.#etag = '';
    this.#era++;
  }

  /** Reads again at once. */
  again(): void {
    this.outdate();
    this.#wake?.(false);
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const era = this.#era;
      const outcome = await this.#polling.ask(this.#etag);
      if (this.#stopped) return;
      if (era !== this.#era) continue;
      if (outcome.ok) {
        failures = 0;
        if (outcome.value !== 'unchanged') {
          this.#etag = outcome.value.etag;
          this.#pace = outcome.value.value.refreshAfterSeconds;
          this.#polling.found(outcome.value.value);
        }
        this.#polling.heard();
        if (this.#isStopped()) return;
      } else {
        failures++;
        if (!(await this.#polling.failed(outcome.problem)) || this.#isStopped()) return;
        // What was in the way has been mended meanwhile.
        if (era !== this.#era) {
          failures = 0;
          continue;
        }
      }
      const backOff = Math.min(AT_MOST, AT_FIRST * 2 ** (failures - 1));
      // Spread, so that a room whose network comes back does not ask as one.
      const seconds = failures ? backOff * (0.75 + Math.random() / 2) : this.#pace;
      const stopped = await Promise.race([pause(seconds * 1000), new Promise<boolean>((resolve) => (this.#wake = resolve))]);
      if (stopped) return;
    }
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}
