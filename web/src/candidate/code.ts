/** How many characters an access code has. */
export const ACCESS_CODE = 6;
/** How many a pass has. */
export const PASS_CODE = 8;

/** The characters of every code: none reads like another. */
const ALPHABET = '2346789BCDFGHJKMPQRTVWXY';

/** A code as it is shown in its cells, from what was typed or pasted. */
export function cells(typed: string, length: number): string {
  return typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, length);
}

/** Those of its characters that no code has, each once. */
export function strange(code: string): string[] {
  return [...new Set(code)].filter((character) => !ALPHABET.includes(character));
}

/** Those that no code has, to be read. */
export const NEVER = strange('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ').join(', ');
