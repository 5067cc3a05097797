/** How many characters an access code has. */
export const LENGTH = 6;

/** An access code as it is shown in its cells, from what was typed or pasted. */
export function cells(typed: string): string {
  return typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, LENGTH);
}
