/**
 * The screens that nobody passes on the way to a test, in one piece. A piece more, and the build takes what all of them
 * share out of the page's first piece: everybody would have to ask for that, too.
 */
export { default as Legal } from './legal/Legal.svelte';
export { default as Own } from './own/Own.svelte';
export { default as Public } from './Public.svelte';
