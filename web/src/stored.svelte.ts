import { onDestroy } from 'svelte';

/** A value that outlives a reload of the tab, and no more than that. */
export class Stored<T> {
  readonly #key: string;
  #value = $state.raw<T | undefined>();

  constructor(key: string) {
    this.#key = `vigie.${key}`;
    this.#value = this.kept();
  }

  /** What a reload would find: another component may have changed it. */
  kept(): T | undefined {
    const kept = sessionStorage.getItem(this.#key);
    return kept === null ? undefined : (JSON.parse(kept) as T);
  }

  get value(): T | undefined {
    return this.#value;
  }

  set value(next: T | undefined) {
    this.#value = next;
    try {
      if (next !== undefined) sessionStorage.setItem(this.#key, JSON.stringify(next));
      else sessionStorage.removeItem(this.#key);
    } catch {
      // More than a browser keeps: it is there until a reload, and what was there before is not there after it.
      sessionStorage.removeItem(this.#key);
    }
  }

  /** Follows what `now` returns, for as long as the component is there that calls this. */
  keep(now: () => T): void {
    $effect(() => {
      this.value = now();
    });
    onDestroy(() => (this.value = undefined));
  }
}
