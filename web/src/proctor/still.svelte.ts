import { tick } from 'svelte';

/** What is shown keeps its place this long after a touch; in milliseconds. */
const STILL = 1_500;
/** What has come to another place is not pressed for this long: a finger on its way meant what stood there before. */
const FRESH = 600;

/** A list whose order does not change under a finger. */
export class Still {
  shown = $state.raw<string[]>([]);
  /** Whether entries have just come to other places. */
  isFresh = $state(false);
  #list: HTMLElement | undefined;
  readonly #instead: () => HTMLElement | undefined;
  #touchedAt = -Infinity;

  /** `wanted` is what to show as soon as nobody touches it; `instead` gets the focus of an entry that went as the last. */
  constructor(wanted: () => string[], instead: () => HTMLElement | undefined) {
    this.#instead = instead;
    $effect(() => {
      const ids = wanted();
      if (ids.join() === this.shown.join()) return undefined;
      const settle = () => {
        const wait = this.shown.length ? this.#touchedAt + STILL - performance.now() : 0;
        if (wait > 0) timer = setTimeout(settle, wait);
        else this.#move(ids);
      };
      let timer = setTimeout(settle);
      return () => {
        clearTimeout(timer);
      };
    });
  }

  /** The element whose children the entries are. */
  list = (element: HTMLElement): void => {
    this.#list = element;
  };

  touch = (): void => {
    this.#touchedAt = performance.now();
  };

  /** What is asked for shows at once. */
  release(): void {
    this.#touchedAt = -Infinity;
  }

  #move(ids: string[]): void {
    this.isFresh = this.shown.some((id, at) => ids[at] !== id);
    if (this.isFresh) setTimeout(() => (this.isFresh = false), FRESH);
    this.#handOnFocus();
    this.shown = ids;
  }

  /** An entry that goes leaves the focus to the next. */
  #handOnFocus(): void {
    const focused = document.activeElement;
    const entries = [...(this.#list?.children ?? [])];
    const at = entries.findIndex((entry) => entry.contains(focused));
    if (at < 0) return;
    void tick().then(() => {
      if (focused?.isConnected) return;
      const isThere = ({ isConnected }: Element) => isConnected;
      const heir = entries.slice(at).find(isThere) ?? entries.findLast(isThere);
      (heir?.querySelector<HTMLElement>('input:enabled, button') ?? this.#instead())?.focus();
    });
  }
}
