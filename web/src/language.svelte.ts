/** Names nobody, so it may outlive the tab. */
const KEY = 'vigie.language';
export type Language = 'fr' | 'en';

const kept: Language = localStorage.getItem(KEY) === 'en' ? 'en' : 'fr';
let chosen = $state(kept);
document.documentElement.lang = kept;

/** The person's language, French until they choose. */
export const language = {
  get now(): Language {
    return chosen;
  },
  /** The one they may change to. */
  get other(): Language {
    return chosen === 'fr' ? 'en' : 'fr';
  },
  set now(next: Language) {
    chosen = next;
    localStorage.setItem(KEY, next);
    document.documentElement.lang = next;
  },
};

/** Texts in the person's language: `const { t } = $derived(words(texts))`. */
export function words<T>(texts: Record<Language, T>): { t: T } {
  return { t: texts[chosen] };
}
