import { expect, test } from 'vitest';
import { readBirthdate } from './birthdate';

const today = new Date('2026-11-23T10:00Z');

test.each(['31/05/2012', '31 05 2012', '31.5.2012', '31-5-2012', ' 31 / 05 / 2012 ', '31052012', '2012-05-31', '2012/5/31'])('%j is May 31st', (typed) => {
  expect(readBirthdate(typed, today)).toEqual({ date: '2012-05-31' });
});

test.each([
  ['', 'shape'],
  ['31/05', 'shape'],
  ['31 mai 2012', 'shape'],
  ['3152012', 'shape'],
  ['31/05/12', 'year'],
  ['31/05/20122', 'year'],
  ['31/05/2062', 'year'],
  ['31/05/0012', 'year'],
  ['31/06/2012', 'day'],
  ['31/12/1899', 'year'],
  ['30/02/2012', 'day'],
  ['05/31/2012', 'day'],
  ['00/05/2012', 'day'],
])('%j is refused for its %s', (typed, wrong) => {
  expect(readBirthdate(typed, today)).toEqual({ wrong });
});

test('February 29th is there in leap years only', () => {
  expect(readBirthdate('29/02/2012', today)).toEqual({ date: '2012-02-29' });
  expect(readBirthdate('29/02/2013', today)).toEqual({ wrong: 'day' });
});

test('every day of a leap year and of another is read in each form', () => {
  for (let day = Date.UTC(2011, 0, 1); day < Date.UTC(2013, 0, 1); day += 86_400_000) {
    const date = new Date(day).toISOString().slice(0, 10);
    const [y, m, d] = date.split('-');
    for (const text of [date, `${d}/${m}/${y}`, `${d}-${m}-${y}`, `${Number(d)}/${Number(m)}/${y}`]) expect(readBirthdate(text, today)).toEqual({ date });
  }
});
