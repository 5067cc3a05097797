import type { Imported, Outcome, Problem } from '../api/client';

/** What the server understands of a list: of the one that stands there now, and never of one that stood there before. */
export class ListReading<List extends object, Found = Imported> {
  #list = $state.raw<List | undefined>();
  #answer = $state.raw<{ to: List; value: Found } | undefined>();
  problem = $state.raw<Problem | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;
  readonly #send: (list: List, stopped: AbortSignal) => Promise<Outcome<Found>>;

  constructor(send: (list: List, stopped: AbortSignal) => Promise<Outcome<Found>>) {
    this.#send = send;
  }

  /** What was understood of the list as it stands. */
  get found(): Found | undefined {
    return this.#answer?.to === this.#list ? this.#answer?.value : undefined;
  }

  /** The same of whatever list was read last: its room is kept meanwhile. */
  get last(): Found | undefined {
    return this.#answer?.value;
  }

  /** The list as it stands is not read yet. */
  get busy(): boolean {
    return this.#list !== undefined && !this.found && !this.problem;
  }

  /** Another list stands there, or none; it is read after so many milliseconds, unless another one comes. */
  look(list: List | undefined, after: number): void {
    this.stop();
    this.#list = list;
    this.problem = undefined;
    if (!list) this.#answer = undefined;
    else this.#timer = setTimeout(() => void this.#read(list), after);
  }

  /** Reads the same list again; what was understood of it stands until then. */
  again = (): void => {
    if (this.#list) this.look(this.#list, 0);
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
  }

  async #read(list: List): Promise<void> {
    const running = (this.#running = new AbortController());
    const outcome = await this.#send(list, running.signal);
    if (running.signal.aborted) return;
    if (outcome.ok) this.#answer = { to: list, value: outcome.value };
    else this.problem = outcome.problem;
  }
}
