import { api, type Key, type Outcome, type Problem } from '../api/client';
import { asking, type Asked } from '../asking';
import { people, renewed } from '../people.svelte';

/** As what somebody of the staff works here: an organiser by their account, or a proctor in their session. */
export type Staff = 'account' | 'proctoring';
type InSession = ReturnType<ReturnType<typeof api.as>['session']>;

/** Asks in a session, and once more after another login where that is what it takes. */
export function ask<T>(staff: Staff, number: string, call: (session: InSession) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  return askAs(staff, (token) => call(api.as(token).session(number)));
}

/** The same about no session. */
export async function askAs<T>(staff: Staff, call: (token: string) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const now = () => call(people[staff].value?.token ?? '');
  const outcome = await now();
  return !outcome.ok && (await renewed(staff, outcome.problem)) ? now() : outcome;
}

/** What a button does: pressed twice it is done once, and to try the same again is the same try. */
export class Act {
  busy = $state(false);
  problem = $state.raw<Problem | undefined>();
  #asked: Asked | undefined;

  /** Returns what came of it; `undefined` where it was not done. */
  run<T>(staff: Staff, number: string, body: unknown, call: (session: InSession, key: Key) => Promise<Outcome<T>>): Promise<{ value: T } | undefined> {
    return this.runAs(staff, body, (token, key) => call(api.as(token).session(number), key));
  }

  /** The same about no session. */
  async runAs<T>(staff: Staff, body: unknown, call: (token: string, key: Key) => Promise<Outcome<T>>): Promise<{ value: T } | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.problem = undefined;
    const { key } = (this.#asked = asking(body, this.#asked));
    const outcome = await askAs(staff, (token) => call(token, key));
    this.busy = false;
    if (outcome.ok) this.#asked = undefined;
    else this.problem = outcome.problem;
    return outcome.ok ? outcome : undefined;
  }
}

/** What is read when it is shown, and again when asked for. */
export class Reading<T> {
  value = $state.raw<T | undefined>();
  problem = $state.raw<Problem | undefined>();
  busy = $state(false);
  /** By this device's clock, in milliseconds since 1970. */
  readAt = $state(0);
  readonly #read: () => Promise<Outcome<T>>;

  constructor(read: () => Promise<Outcome<T>>) {
    this.#read = read;
    void this.again();
  }

  again = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    const outcome = await this.#read();
    this.busy = false;
    this.problem = outcome.ok ? undefined : outcome.problem;
    if (!outcome.ok) return;
    this.value = outcome.value;
    this.readAt = Date.now();
  };
}
