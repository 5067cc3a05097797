/** A row of a pasted table: where it stands in the text, and its cells with their spaces tidied. */
export interface Row {
  /** Of the text, counted from 1; where the row begins. */
  line: number;
  start: number;
  /** Past its line break. */
  end: number;
  cells: string[];
}

/** What a spreadsheet puts between cells when it is pasted, then what it puts into files. */
const SEPARATORS = ['\t', ';', ','];

/** The rows of a table that was typed or pasted, without the empty ones. */
export function parseTable(text: string): Row[] {
  const readings = SEPARATORS.map((separator) => split(text, separator));
  const best = Math.max(...readings.map(sense));
  return readings.find((rows) => sense(rows) === best) ?? [];
}

/** How much of a class list a reading finds: who is enrolled takes three cells. */
function sense(rows: Row[]): number {
  return rows.reduce((sum, { cells }) => sum + Math.min(cells.filter(Boolean).length, 3) - 1, 0);
}

function split(text: string, separator: string): Row[] {
  // A quote opens a cell only where one closes it right before a separator; else it is a character like another.
  const quoted = new RegExp(`[^\\S\\r\\n\\t]*"([^"]*(?:""[^"]*)*)"[^\\S\\r\\n\\t]*(?=${separator}|\\r|\\n|$)`, 'y');
  const plain = new RegExp(`([^${separator}\\r\\n]*)`, 'y');
  const lineBreak = /\r\n|\r|\n/y;
  const rows: Row[] = [];
  let at = 0;
  let line = 1;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const taken = pattern.exec(text);
    at += taken?.[0].length ?? 0;
    return taken;
  };

  while (at < text.length) {
    const start = at;
    const cells: string[] = [];
    do {
      const inQuotes = take(quoted);
      cells.push(tidy(inQuotes ? (inQuotes[1] ?? '').replaceAll('""', '"') : (take(plain)?.[1] ?? '')));
    } while (text[at] === separator && ++at);
    take(lineBreak);
    if (cells.some((cell) => /[^\s;,"]/.test(cell))) rows.push({ line, start, end: at, cells });
    line += text.slice(start, at).match(/\r\n|\r|\n/g)?.length ?? 0;
  }
  return rows;
}

/** One plain space where there were several, of whatever kind, or a line break. */
function tidy(cell: string): string {
  return cell.replace(/\s+/g, ' ').trim();
}

/** The text without these of its rows. */
export function without(text: string, rows: Pick<Row, 'start' | 'end'>[]): string {
  let left = '';
  let at = 0;
  for (const { start, end } of rows) {
    left += text.slice(at, start);
    at = end;
  }
  return left + text.slice(at);
}
