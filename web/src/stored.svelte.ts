import { onDestroy } from 'svelte';

/** A value that outlives a reload of the tab, and no more than that. */
export class Stored<T> {
  readonly #key: string;
  #value = $state.raw<T | undefined>();

  constructor(key: string) {
    this.#key = `vigie.${key}`;
    const kept = sessionStorage.getItem(this.#key);
    if (kept !== null) this.#value = JSON.parse(kept) as T;
  }

  get value(): T | undefined {
    return this.#value;
  }

  set value(next: T | undefined) {
    this.#value = next;
    if (next === undefined) sessionStorage.removeItem(this.#key);
    else sessionStorage.setItem(this.#key, JSON.stringify(next));
  }

  /** Follows what `now` returns, for as long as the component is there that calls this. */
  keep(now: () => T): void {
    $effect(() => {
      this.value = now();
    });
    onDestroy(() => (this.value = undefined));
  }
}
