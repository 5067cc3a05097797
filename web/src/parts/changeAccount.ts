import { hold } from '../people.svelte';
import { logOut } from '../place.svelte';

/** Back to the first screen for another account, once what would be lost was asked about. */
export function changeAccount(): void {
  if (hold.ask) hold.ask(logOut);
  else logOut();
}
