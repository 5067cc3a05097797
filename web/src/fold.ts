const SAME: Record<string, string> = { œ: 'oe', æ: 'ae', ß: 'ss', þ: 'th', ø: 'o', ł: 'l', đ: 'd', ð: 'd', ı: 'i', ς: 'σ' };
const EUROPEAN_DIACRITICS = /[\u{300}-\u{36f}\u{1ab0}-\u{1aff}\u{1dc0}-\u{1dff}\u{20d0}-\u{20ff}\u{fe20}-\u{fe2f}]/gu;

/** A name without accents, case, punctuation or spaces, as the API compares names (`fold` in shared/src/domain/name.rs). */
export function fold(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(EUROPEAN_DIACRITICS, '')
    .replace(/[^\p{Alphabetic}\p{N}\p{M}]/gu, '')
    .replace(/[œæßþøłđðıς]/g, (letter) => SAME[letter] ?? letter);
}

interface Named {
  firstName: string;
  lastName: string;
}

/** The account that a candidate has joined with, if it is one: they may have come in by a pass. */
export function joinedAccount<A extends Named>({ joinedAs }: { joinedAs?: A | { pass: boolean } }): A | undefined {
  return joinedAs && !('pass' in joinedAs) ? joinedAs : undefined;
}

/** Whether a candidate has joined with the account of somebody who bears another name, in either order. */
export function isSomebodyElse(candidate: Named & { joinedAs?: Named | { pass: boolean } }): boolean {
  const names = ({ firstName, lastName }: Named) => [fold(firstName), fold(lastName)].sort().join(' ');
  const account = joinedAccount(candidate);
  return account !== undefined && names(account) !== names(candidate);
}

/** The words of a text, as names are compared. */
function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u).map(fold).filter(Boolean);
}

/** Whether each typed word begins a word of the text. */
export function hasWords(text: string, typed: string): boolean {
  const there = wordsOf(text);
  return wordsOf(typed).every((wanted) => there.some((word) => word.startsWith(wanted)));
}
