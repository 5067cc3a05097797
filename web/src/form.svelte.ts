import { onDestroy } from 'svelte';
import type { Outcome, Problem } from './api/client';
import { lapses } from './people.svelte';

/** What is wrong with each field. */
export type Wrong = Partial<Record<string, string>>;

/** Those of these values that are missing. */
export function missing(values: Record<string, string>, message: string): Wrong {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !value.trim()).map(([field]) => [field, message]));
}

/** The API's word on each field. */
export function wrongFields(problem: Problem): Wrong {
  return Object.fromEntries(problem.errors.map(({ field, message }) => [field, message]));
}

/** Brings the person to the first field to mend, once its error stands beside it. */
export function toFirstWrong(form: HTMLFormElement | undefined): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** A form of a component, while it is filled in and sent. */
export class Form {
  wrong = $state.raw<Wrong>({});
  /** What came in the way and is no field's. */
  problem = $state.raw<Problem | undefined>();
  busy = $state(false);
  readonly #fields: (problem: Problem) => Wrong;
  #gone = false;

  /** `fields` says which field of the form the API means. */
  constructor(fields = wrongFields) {
    this.#fields = fields;
    onDestroy(() => (this.#gone = true));
  }

  /**
   * Sends, unless something is wrong already or is being sent; returns what the API answered to it, unless the person
   * has gone elsewhere meanwhile.
   */
  async send<T>(event: SubmitEvent, wrong: Wrong, call: () => Promise<Outcome<T>>): Promise<T | undefined> {
    event.preventDefault();
    if (this.busy) return undefined;
    const form = event.currentTarget as HTMLFormElement;
    this.problem = undefined;
    this.wrong = wrong;
    if (Object.keys(wrong).length) {
      toFirstWrong(form);
      return undefined;
    }
    this.#hold(form, true);
    const outcome = await call();
    this.#hold(form, false);
    if (this.#gone) return undefined;
    if (outcome.ok) return outcome.value;
    if (lapses('account', outcome.problem)) return undefined;
    this.wrong = this.#fields(outcome.problem);
    if (Object.keys(this.wrong).length) toFirstWrong(form);
    else this.problem = outcome.problem;
    return undefined;
  }

  /** What is being sent can't be changed. */
  #hold(form: HTMLFormElement, busy: boolean): void {
    this.busy = busy;
    for (const input of form.querySelectorAll('input')) input.readOnly = busy;
  }
}
