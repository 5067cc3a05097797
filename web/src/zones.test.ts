import { expect, test } from 'vitest';
import { isLocal, PARIS, zoneName, zones } from './zones';

test('every zone to choose from exists', () => {
  for (const zone of zones(PARIS)) expect(() => new Intl.DateTimeFormat('fr', { timeZone: zone })).not.toThrow();
});

test('the browser’s own zone is offered once', () => {
  expect(zones(PARIS)[0]).toBe(PARIS);
  expect(zones('Indian/Reunion')).toEqual(zones(PARIS));
  expect(zones('America/New_York').at(-1)).toBe('America/New_York');
  expect(zoneName('America/New_York')).toBe('America/New York');
  expect(zoneName('Indian/Reunion')).toBe('La Réunion');
});

test('a zone is as good as local while its clocks show the same', () => {
  expect(isLocal(PARIS, '2026-06-15T12:00:00Z', 'Europe/Brussels')).toBe(true);
  expect(isLocal(PARIS, '2026-06-15T12:00:00Z', 'Indian/Reunion')).toBe(false);
  // Algiers has no summer time.
  expect(isLocal(PARIS, '2026-06-15T12:00:00Z', 'Africa/Algiers')).toBe(false);
  expect(isLocal(PARIS, '2026-12-15T12:00:00Z', 'Africa/Algiers')).toBe(true);
});
