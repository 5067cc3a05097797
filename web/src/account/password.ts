/** The rules of a new password, as the API has them, and whether a password meets each. */
export function rulesMet(password: string): Record<'length' | 'upper' | 'lower' | 'digit', boolean> {
  const normal = password.normalize('NFC');
  return {
    // The API counts code points, not what looks like one character.
    length: Array.from(normal).length >= 8,
    upper: /\p{Lu}/u.test(normal),
    lower: /\p{Ll}/u.test(normal),
    digit: /[0-9]/.test(normal),
  };
}

/** Whether a password meets them all. */
export function isStrong(password: string): boolean {
  return Object.values(rulesMet(password)).every(Boolean);
}
