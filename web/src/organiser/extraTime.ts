import { fold } from '../fold';

/** The third that is the rule in French schools. */
const A_THIRD = 33;
const YES = ['oui', 'yes', 'x', 'vrai', 'true', 'tierstemps'];
const NO = ['non', 'no', 'faux', 'false'];

/** Extra time in percent, from `33`, `33 %`, `1/3` or `oui`; `undefined` where the text is none of these. */
export function readExtraTime(text: string): number | undefined {
  const [, percent] = /^\+?\s*(\d{1,4})\s*%?$/.exec(text) ?? [];
  if (percent) return Number(percent);
  if (text === '1/3' || YES.includes(fold(text))) return A_THIRD;
  return /^[-–—]?$/.test(text) || NO.includes(fold(text)) ? 0 : undefined;
}
