import { expect, test } from 'vitest';
import { parseTable, without } from './table';

const cells = (text: string) => parseTable(text).map((row) => row.cells);
const LIST = [
  ['Martin', 'Camille', '14/03/2012'],
  ['Bernard', 'Zoé', '31/05/2012'],
  ['N’Diaye', 'Awa', '2012-01-02'],
];

test.each(['\t', ';', ','])('cells are told apart by %j', (separator) => {
  expect(cells(LIST.map((row) => row.join(separator)).join('\n'))).toEqual(LIST);
});

test.each(['\n', '\r\n', '\r'])('lines end with %j', (lineBreak) => {
  const text = LIST.map((row) => row.join('\t')).join(lineBreak);
  for (const ends of ['', lineBreak, lineBreak + lineBreak]) {
    expect(cells(text + ends)).toEqual(LIST);
    expect(parseTable(text + ends).map(({ line }) => line)).toEqual([1, 2, 3]);
  }
});

test('whatever the separator, the line break, the quotes and what surrounds them, the same list is read', () => {
  const quotes = [(cell: string) => cell, (cell: string) => `"${cell}"`];
  const around = [(cell: string) => cell, (cell: string) => ` ${cell}\u00a0`];
  for (const separator of ['\t', ';', ',']) {
    for (const lineBreak of ['\n', '\r\n', '\r']) {
      for (const quote of quotes) {
        for (const surround of around) {
          for (const tail of ['', separator.repeat(3)]) {
            for (const bom of ['', '\ufeff']) {
              const rows = LIST.map((row) => row.map((cell) => surround(quote(cell))).join(separator) + tail);
              const read = cells(bom + lineBreak + rows.join(lineBreak + lineBreak) + lineBreak);
              expect(read.map((row) => row.slice(0, 3))).toEqual(LIST);
              expect(read.flatMap((row) => row.slice(3)).filter(Boolean)).toEqual([]);
            }
          }
        }
      }
    }
  }
});

test('a quoted cell may hold separators, quotes and line breaks', () => {
  const text = '"Martin, dit ""Tintin"""\t"Camille\r\nMarie"\t14/03/2012\r\nBernard\tZoé\t31/05/2012';
  expect(cells(text)).toEqual([['Martin, dit "Tintin"', 'Camille Marie', '14/03/2012'], LIST[1]]);
  expect(parseTable(text).map(({ line }) => line)).toEqual([1, 3]);
});

test('a stray quote is a character like another', () => {
  expect(cells('Martin "Tintin";Camille;14/03/2012')).toEqual([['Martin "Tintin"', 'Camille', '14/03/2012']]);
  expect(cells('"Martin;Camille;14/03/2012\nBernard;Zoé;31/05/2012')).toEqual([['"Martin', 'Camille', '14/03/2012'], LIST[1]]);
  expect(cells('"Tintin" Martin;Camille;14/03/2012')).toEqual([['"Tintin" Martin', 'Camille', '14/03/2012']]);
});

test('a comma within a name does not part it where another separator does', () => {
  expect(cells('Martin, dit Tintin;Camille;14/03/2012')).toEqual([['Martin, dit Tintin', 'Camille', '14/03/2012']]);
});

test('non-breaking and doubled spaces become one plain space', () => {
  expect(cells('De\u00a0La  Tour\tAnne\u202fMarie\t14/03/2012')).toEqual([['De La Tour', 'Anne Marie', '14/03/2012']]);
});

test('empty lines count as lines, and as nothing else', () => {
  expect(parseTable('\n\t\t\nMartin;Camille;14/03/2012\n\n;;\n')).toMatchObject([{ line: 3 }]);
  for (const nothing of ['', ' ', '\n\n', '\ufeff', '\t\t\r\n', '""']) expect(parseTable(nothing)).toEqual([]);
});

test('something is read while it is being typed', () => {
  expect(cells('Martin')).toEqual([['Martin']]);
  expect(cells('Martin;Cam')).toEqual([['Martin', 'Cam']]);
});

test('rows are taken out of the text, and everything else stays', () => {
  const text = '\ufeffNom;Prénom;Né le\r\n\r\nMartin;Camille;14/03/2012\r\n"Ber\nnard";Zoé;31/05/2012\r\n;;\r\nDiop;Awa;2012-01-02';
  const [header, martin, bernard, diop] = parseTable(text);
  if (!header || !martin || !bernard || !diop) throw new Error('rows are missing');
  expect(without(text, [])).toBe(text);
  expect(without(text, [martin, bernard])).toBe('\ufeffNom;Prénom;Né le\r\n\r\n;;\r\nDiop;Awa;2012-01-02');
  expect(without(text, [diop])).toBe(text.slice(0, diop.start));
  expect(parseTable(without(text, [header, martin, bernard, diop]))).toEqual([]);
});

test('rows cover the text in order, whatever is in it', () => {
  const alphabet = ['"', '""', ';', '\t', ',', '\n', '\r\n', '\r', ' ', '\u00a0', 'é', 'X', '1/2/2012'];
  let seed = 7;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: next() % 25 }, () => alphabet[next() % alphabet.length]).join('');
    const rows = parseTable(text);
    let at = 0;
    for (const row of rows) {
      expect(row.start).toBeGreaterThanOrEqual(at);
      expect(row.end).toBeGreaterThan(row.start);
      expect(row.line).toBe(text.slice(0, row.start).split(/\r\n|\r|\n/).length);
      at = row.end;
    }
    expect(at).toBeLessThanOrEqual(text.length);
    expect(parseTable(without(text, rows))).toEqual([]);
  }
});

test('a big list full of stray quotes is read in no time', () => {
  const before = performance.now();
  expect(parseTable('"Martin;"Camille;14/03/2012\n'.repeat(3000))).toHaveLength(3000);
  expect(performance.now() - before).toBeLessThan(2000);
});
