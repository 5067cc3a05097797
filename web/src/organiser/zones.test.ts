import { expect, test } from 'vitest';
import { PARIS, zoneName, zones } from './zones';

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
