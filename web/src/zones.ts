import { clock } from './time';

/** Where it is not the time of Paris: the French overseas zones. */
const OVERSEAS = {
  'America/Guadeloupe': 'Guadeloupe',
  'America/Martinique': 'Martinique',
  'America/Cayenne': 'Guyane',
  'America/St_Barthelemy': 'Saint-Barthélemy',
  'America/Marigot': 'Saint-Martin',
  'America/Miquelon': 'Saint-Pierre-et-Miquelon',
  'Indian/Reunion': 'La Réunion',
  'Indian/Mayotte': 'Mayotte',
  'Pacific/Noumea': 'Nouvelle-Calédonie',
  'Pacific/Wallis': 'Wallis-et-Futuna',
  'Pacific/Tahiti': 'Polynésie française (Tahiti)',
  'Pacific/Marquesas': 'Polynésie française (Marquises)',
  'Pacific/Gambier': 'Polynésie française (Gambier)',
};

export const PARIS = 'Europe/Paris';
const NAMES: Record<string, string> = { [PARIS]: 'Paris', ...OVERSEAS };

/** What people call a time zone. */
export function zoneName(zone: string): string {
  return NAMES[zone] ?? zone.replaceAll('_', ' ');
}

/** The zones to choose from: Paris, overseas, and others such as the one this browser is in. */
export function zones(...others: string[]): string[] {
  return [...new Set([...Object.keys(NAMES), ...others])];
}

/** Whether clocks here show at that instant what they show in the zone. */
export function isLocal(zone: string, instant: string, here = ownZone()): boolean {
  return clock(instant, zone) === clock(instant, here);
}

/** The time zone this browser is in. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
