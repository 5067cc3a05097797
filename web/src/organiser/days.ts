import { language } from '../language.svelte';

/** `2026-06-15` as `lundi 15 juin 2026`. */
export function longDay(date: string): string {
  return new Intl.DateTimeFormat(language.now === 'fr' ? 'fr' : 'en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}
