import { Stored } from '../stored.svelte';

/** Whether the kit of this session is open on the screen. */
export function shownKit(number: string): Stored<boolean> {
  return new Stored(`kit.${number}`);
}
