import { expect, test } from 'vitest';
import type { Problem } from '../api/client';
import { isEnrolled, readClassList, readEntry, refusedLines, type Fault, type Line } from './classList';
import { fold } from '../fold';
import { identity } from './identity';

const nobody = new Set<string>();
const read = (text: string) => readClassList(text, nobody);
const candidates = (text: string) => read(text).lines.map(({ candidate }) => candidate);
const faults = (text: string) => read(text).lines.map((line) => line.faults);
const camille = { lastName: 'Martin', firstName: 'Camille', birthdate: '2012-03-14' };
const zoe = { lastName: 'Bernard', firstName: 'Zoé', birthdate: '2012-05-31', extraTimePercent: 33 };

function orders<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

test.each([
  ['Nom', 'Prénom', 'Date de naissance', 'Tiers temps'],
  ['NOM DE FAMILLE', 'PRENOM', 'Né(e) le', 'Temps majoré (%)'],
  ['nom', 'prénoms', 'né le', 'tiers-temps'],
  ['Nom de naissance', 'Prénom 1', 'Naissance', 'Majoration de temps'],
  ['Last name', 'First name', 'Date of birth', 'Extra time'],
  ['surname', 'given name', 'birthdate', 'extraTimePercent'],
])('columns are found by their names, in any order: %s, %s, %s, %s', (...names) => {
  const rows = [names, ['Martin', 'Camille', '14/03/2012', ''], ['Bernard', 'Zoé', '31/05/2012', 'oui']];
  for (const order of orders([0, 1, 2, 3])) {
    const text = rows.map((row) => order.map((index) => row[index]).join('\t')).join('\r\n');
    expect(candidates(text)).toEqual([camille, zoe]);
    expect(read(text)).toMatchObject({ missing: [], ignored: [] });
    expect(read(text).order).toBeUndefined();
  }
});

test('other columns are left out, and named', () => {
  const list = read('N°;Classe;Nom;Prénom;Né(e) le;Sexe;\n1;3A;Martin;Camille;14/03/2012;F;\n2;3A;Bernard;Zoé;31/05/2012;F;');
  expect(list.ignored).toEqual(['N°', 'Classe', 'Sexe']);
  expect(list.lines.map(({ line }) => line)).toEqual([2, 3]);
  expect(list.lines[0]?.candidate).toEqual(camille);
});

test('the first of two columns for the same thing counts', () => {
  expect(candidates('Nom;Nom d’usage;Prénom;Né le\nMartin;Durand;Camille;14/03/2012')).toEqual([camille]);
});

test('a date column with an unknown name is found by its dates', () => {
  const list = read('Nom;Prénom;Anniversaire\nMartin;Camille;14/03/2012');
  expect(list.lines.map(({ candidate }) => candidate)).toEqual([camille]);
  expect(list.missing).toEqual([]);
});

test('a column that is missing is told', () => {
  expect(read('Nom;Date de naissance\nMartin;14/03/2012').missing).toEqual(['firstName']);
  expect(read('Nom;Prénom\nMartin;Camille').missing).toEqual(['birthdate']);
  expect(faults('Nom;Prénom\nMartin;Camille')).toEqual([[{ field: 'birthdate', code: 'missing' }]]);
});

test('without names, columns are found by what stands in them', () => {
  for (const text of [
    'Martin;Camille;14/03/2012;\nBernard;Zoé;31/05/2012;33 %',
    '14/03/2012;Martin;Camille;\n31/05/2012;Bernard;Zoé;33',
    'Martin;14/03/2012;Camille;\nBernard;31/05/2012;Zoé;x',
    '1;Martin;Camille;F;14/03/2012;\n2;Bernard;Zoé;F;31/05/2012;1/3',
  ]) {
    expect(candidates(text)).toEqual([camille, zoe]);
    expect(read(text).order).toBe('lastFirst');
  }
});

test('the name in capitals is the family name', () => {
  expect(read('Camille;MARTIN;14/03/2012\nZoé;BERNARD;31/05/2012').order).toBe('firstLast');
  expect(read('MARTIN;Camille;14/03/2012').order).toBe('lastFirst');
  expect(read('MARTIN;CAMILLE;14/03/2012').order).toBe('lastFirst');
});

test('the order of names can be told', () => {
  const list = readClassList('Camille;Martin;14/03/2012', nobody, 'firstLast');
  expect(list.lines[0]?.candidate).toEqual(camille);
  expect(list.order).toBe('firstLast');
});

test('a class or a number in the list is no extra time', () => {
  expect(candidates('1;Martin;Camille;14/03/2012;3A')).toEqual([camille]);
  expect(candidates('Martin;Camille;14/03/2012;601')).toEqual([camille]);
});

test.each<[string, Fault[]]>([
  [';Camille;14/03/2012', [{ field: 'lastName', code: 'missing' }]],
  ['Martin;;14/03/2012', [{ field: 'firstName', code: 'missing' }]],
  ['Martin;Camille', [{ field: 'birthdate', code: 'missing' }]],
  ['Martin;Camille;31/02/2012', [{ field: 'birthdate', code: 'day' }]],
  ['Martin;Camille;14/03/12', [{ field: 'birthdate', code: 'year' }]],
  ['Martin;Camille;14 mars 2012', [{ field: 'birthdate', code: 'shape' }]],
  ['Martin;Camille;14/03/1812', [{ field: 'birthdate', code: 'year' }]],
  ['Martin;Camille;14/03/2012;201', [{ field: 'extraTime', code: 'notAPercentage' }]],
  ['Martin;Camille;14/03/2012;beaucoup', [{ field: 'extraTime', code: 'notAPercentage' }]],
  [`${'é'.repeat(256)};Camille;14/03/2012`, [{ field: 'lastName', code: 'tooLong' }]],
  [`Martin;${'é'.repeat(256)};14/03/2012`, [{ field: 'firstName', code: 'tooLong' }]],
  ['Martin;--;14/03/2012', [{ field: 'firstName', code: 'notAName' }]],
  ['Mar\u0007tin;Camille;14/03/2012', [{ field: 'lastName', code: 'notAName' }]],
  [';;2012', [{ field: 'lastName', code: 'missing' }, { field: 'firstName', code: 'missing' }, { field: 'birthdate', code: 'shape' }]],
])('%s is refused', (line, expected) => {
  expect(faults(`Nom;Prénom;Né le;Tiers temps\n${line}`)).toEqual([expected]);
});

test('255 characters are not too long, however they are typed', () => {
  expect(faults(`Nom;Prénom;Né le\n${'e\u0301'.repeat(255)};${'é'.repeat(255)};14/03/2012`)).toEqual([[]]);
});

test('the same person twice is found, however written', () => {
  const list = read('Martin;Camille;14/03/2012\nBernard;Zoé;31/05/2012\n\nCAMILLE;martin;2012-03-14\nMartin;Camille;15/03/2012');
  expect(list.lines.map((line) => line.faults)).toEqual([[], [], [{ field: 'person', code: 'double', of: 1 }], []]);
  expect(list.lines[2]?.line).toBe(4);
});

test('who is in the session already is found', () => {
  const list = readClassList('Martin;Camille;14/03/2012\nBernard;Zoé;31/05/2012', new Set([identity(camille)]));
  expect(list.lines.map(isEnrolled)).toEqual([true, false]);
});

test('nothing is understood of nothing', () => {
  for (const text of ['', '\ufeff', '\r\n\t\t\r\n', 'Nom;Prénom;Date de naissance']) expect(read(text)).toMatchObject({ lines: [], missing: [], ignored: [] });
});

test('every line of a list keeps its place in the text', () => {
  const text = '\ufeffNom\tPrénom\tNé(e) le\r\n' + Array.from({ length: 300 }, (_, n) => `Nom${n}\tPrénom${n}\t14/03/2012\t\t\r\n`).join('\r\n');
  const { lines } = read(text);
  expect(lines).toHaveLength(300);
  expect(lines.flatMap((line) => line.faults)).toEqual([]);
  for (const [n, { line, start, end }] of lines.entries()) {
    expect(line).toBe(2 + 2 * n);
    expect(text.slice(start, end)).toBe(`Nom${n}\tPrénom${n}\t14/03/2012\t\t\r\n`);
  }
});

test('one entry is read as a line is', () => {
  expect(readEntry({ lastName: ' Bernard ', firstName: 'Zoé', birthdate: '2012-05-31', extraTime: '33' })).toEqual({ candidate: zoe, faults: [] });
  expect(readEntry({ lastName: 'Bernard', firstName: '', birthdate: '', extraTime: '-1' }).faults).toHaveLength(3);
});

test('what the API refuses goes back to its line', () => {
  const problem = {
    errors: [
      { field: 'candidates[1].birthdate', code: 'invalid_date', message: 'La date n’existe pas.' },
      { field: 'candidates[1].firstName', code: 'invalid', message: 'Ce n’est pas un nom.' },
      { field: 'candidates[0]', code: 'already_enrolled', message: 'Déjà inscrit.' },
      { field: 'candidates', code: 'too_long', message: 'Trop.' },
      { field: 'candidates[9]', code: 'invalid', message: 'Personne.' },
    ],
  } as Problem;
  const block = [{ start: 10 }, { start: 50 }] as Line[];
  expect([...refusedLines(problem, block)]).toEqual([
    [50, ['La date n’existe pas.', 'Ce n’est pas un nom.']],
    [10, ['Déjà inscrit.']],
  ]);
});

test('a percentage that can’t be read does not make the others go unseen', () => {
  const list = read('Martin;Camille;14/03/2012;beaucoup\nBernard;Zoé;31/05/2012;33 %');
  expect(list.lines.map((line) => line.faults)).toEqual([[{ field: 'extraTime', code: 'notAPercentage' }], []]);
  expect(list.lines[1]?.candidate).toEqual(zoe);
});

test.each([
  'Élève\tNé(e) le\tClasse\nMARTIN Camille\t14/03/2012\t3A\nBERNARD Zoé\t31/05/2012\t3A',
  'Nom Prénom;Date de naissance\nCamille MARTIN;14/03/2012\nBERNARD Zoé;31/05/2012',
  '1\tMartin Camille\t14/03/2012\n2\tBernard Zoé\t31/05/2012',
])('names in one column are told apart', (text) => {
  const list = read(text);
  expect(list.lines.map(({ candidate: { firstName, lastName } }) => [fold(lastName), firstName])).toEqual([['martin', 'Camille'], ['bernard', 'Zoé']]);
  expect(list).toMatchObject({ missing: [], order: 'lastFirst' });
  expect(list.lines.flatMap((line) => line.faults)).toEqual([]);
});

test.each([
  ['MARTIN Camille', 'MARTIN', 'Camille'],
  ['Camille MARTIN', 'MARTIN', 'Camille'],
  ['DA SILVA Maria', 'DA SILVA', 'Maria'],
  ['de VILLIERS Paul', 'de VILLIERS', 'Paul'],
  ['Jean-Paul de VILLIERS', 'de VILLIERS', 'Jean-Paul'],
  ['Mc DONALD Ryan', 'Mc DONALD', 'Ryan'],
  ['Jeanne d’ARC', 'd’ARC', 'Jeanne'],
  ['Martin, Camille', 'Martin', 'Camille'],
  ['Martin Camille', 'Martin', 'Camille'],
  ['Martin Jean A.', 'Martin Jean A.', ''],
  ['MARTIN DUPONT', 'MARTIN', 'DUPONT'],
])('%s has the family name %s', (whole, lastName, firstName) => {
  expect(read(`Élève;Né(e) le\n${whole};14/03/2012`).lines[0]).toMatchObject({ lastName, firstName });
});

test('a heading for both names says which comes first', () => {
  for (const heading of ['Prénom Nom', 'Full name', 'Name']) expect(read(`${heading};Né(e) le\nCamille Martin;14/03/2012`).lines[0]?.candidate).toEqual(camille);
});

test('a long name that nothing tells apart has to be told', () => {
  const list = read('1;Da Silva Maria;14/03/2012');
  expect(list.lines.map((line) => line.faults)).toEqual([[{ field: 'firstName', code: 'missing' }]]);
});

test('one heading above dates makes a heading; a class is no name', () => {
  const list = read('Identité;Né le;Classe\nMartin;14/03/2012;3A');
  expect(list).toMatchObject({ missing: ['lastName', 'firstName'], ignored: ['Identité', 'Classe'] });
  expect(read('Martin;Camille;14/03/2012;3A').lines[0]?.candidate).toEqual(camille);
});

test('what may be extra time is not left out in silence', () => {
  expect(read('Nom;Prénom;Né le;Aménagement\nMartin;Camille;14/03/2012;ordinateur').suspect).toEqual(['Aménagement']);
  expect(read('Nom;Prénom;Né le;Remarque\nMartin;Camille;14/03/2012;tiers temps').suspect).toEqual(['Remarque']);
  expect(read('Nom;Prénom;Né le;Classe\nMartin;Camille;14/03/2012;3A').suspect).toEqual([]);
  expect(read('Nom;Prénom;Né le;Inscription;Emploi du temps\nMartin;Camille;14/03/2012;11/3/2024;plein').suspect).toEqual([]);
});
