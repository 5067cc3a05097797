import { expect, test } from 'vitest';
import { readEntry, type Entry, type Fault } from './entry';

const ZOE: Entry = { lastName: ' Bernard ', firstName: 'Zoé', birthdate: '2012-05-31', extraTimePercent: '33' };

test('what is typed is read as the API has it', () => {
  const candidate = { lastName: 'Bernard', firstName: 'Zoé', birthdate: '2012-05-31' };
  expect(readEntry(ZOE)).toEqual({ candidate: { ...candidate, extraTimePercent: 33 }, faults: [] });
  expect(readEntry({ ...ZOE, extraTimePercent: 'non' })).toEqual({ candidate, faults: [] });
});

test.each<[keyof Entry, string, Fault['code']]>([
  ['lastName', ' ', 'missing'],
  ['lastName', 'é'.repeat(256), 'tooLong'],
  ['firstName', '--', 'notAName'],
  ['firstName', 'Zo\u0007é', 'notAName'],
  ['birthdate', '', 'missing'],
  ['birthdate', '2012', 'shape'],
  ['birthdate', '31/02/2012', 'day'],
  ['birthdate', '14/03/1812', 'year'],
  ['extraTimePercent', '201', 'notAPercentage'],
  ['extraTimePercent', '-1', 'notAPercentage'],
])('%s %j is refused', (field, typed, code) => {
  expect(readEntry({ ...ZOE, [field]: typed }).faults).toEqual([{ field, code }]);
});

test('255 characters are not too long, however they are typed', () => {
  expect(readEntry({ ...ZOE, lastName: 'e\u0301'.repeat(255), firstName: 'é'.repeat(255) }).faults).toEqual([]);
});
