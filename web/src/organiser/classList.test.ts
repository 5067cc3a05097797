import { expect, test } from 'vitest';
import { listOfFile, listOfText, placeOf, readFile, remark } from './classList';
import { texts } from './texts';

test('a line is found where it was typed', () => {
  const text = 'Nom;Prénom\n\nMartin;Camille\nBernard;Zoé';
  const at = (line: number) => text.slice(...placeOf(line, text));
  expect([1, 2, 3, 4].map(at)).toEqual(['Nom;Prénom', '', 'Martin;Camille', 'Bernard;Zoé']);
  expect(placeOf(1, '')).toEqual([0, 0]);
});

test.each([
  ['3A.CSV', 'application/csv'],
  ['3A.txt', 'application/csv'],
  ['Liste 3.A.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['3A.ods', 'application/vnd.oasis.opendocument.spreadsheet'],
  ['3A.xls', 'application/octet-stream'],
  ['csv', 'application/csv'],
])('%s is sent as %s, byte by byte', async (name, type) => {
  const bytes = new Uint8Array([0xe9, 0, 0xff]);
  const { content } = await readFile(new File([bytes], name));
  expect(content.type).toBe(type);
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(bytes);
});

test('only the same file, read in the same way, is the same list, and never what is typed', () => {
  const file = { name: '3A.csv', changedAt: 1, content: new Blob(['a']) };
  const lists = [
    listOfText('a', undefined),
    listOfText('a', 'lastFirst'),
    listOfFile(file, undefined),
    listOfFile(file, 'firstLast'),
    listOfFile({ ...file, changedAt: 2 }, undefined),
    listOfFile({ ...file, name: '3B.csv' }, undefined),
    listOfFile({ ...file, content: new Blob(['ab']) }, undefined),
  ];
  expect(new Set(lists.map(({ id }) => id)).size).toBe(lists.length);
});

test('what the API finds names its column', () => {
  const { fr } = texts;
  const said = (field: Parameters<typeof remark>[0]['field'], code: string) => remark({ ...(field && { field }), code, message: 'Du serveur.' }, fr);
  expect(said('firstName', 'required')).toBe('Le prénom manque.');
  expect(said('birthdate', 'required')).toBe('La date de naissance manque.');
  expect(said('lastName', 'too_long')).toBe('Le nom dépasse 255 caractères.');
  expect(said('firstName', 'invalid')).toContain('Le prénom doit contenir');
  for (const [field, code] of [['birthdate', 'invalid_date'], ['extraTimePercent', 'invalid'], [undefined, 'already_enrolled']] as const) {
    expect(said(field, code)).toBe('Du serveur.');
  }
  expect(said('durationMinutes', 'invalid')).toBe(fr.is(fr.column.durationMinutes, 'Du serveur.'));
});
