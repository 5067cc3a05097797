import type { NewCandidate, Problem } from '../api/client';
import { findColumns, type Column, type Columns, type Order } from './columns';
import { readExtraTime } from './extraTime';
import { identity } from './identity';
import { fold } from '../fold';
import { readBirthdate } from '../birthdate';
import { parseTable, type Row } from './table';

/** The API's limits. */
export const IN_A_SESSION = 300;
const MAX_NAME = 255;
const MAX_EXTRA_TIME = 200;

/** What somebody wrote about one candidate. */
export type Entry = Record<Column, string>;

/** Why a candidate can't be enrolled as written. */
export type Fault =
  | { field: Column; code: 'missing' | 'tooLong' | 'notAName' | 'shape' | 'year' | 'day' | 'notAPercentage' }
  | { field: 'person'; code: 'double'; of: number }
  | { field: 'person'; code: 'enrolled' };

/** One line of a class list, as understood. */
export interface Line extends Entry, Pick<Row, 'line' | 'start' | 'end'> {
  candidate: NewCandidate;
  faults: Fault[];
}

export interface ClassList {
  lines: Line[];
  /** Columns that every list needs and this one lacks. */
  missing: Column[];
  /** Columns that mean nothing here, by name or number. */
  ignored: string[];
  /** Those of them that look like extra time. */
  suspect: string[];
  /** How the names were told apart, where the list does not say. */
  order?: Order;
}

/** Reads a class list that was typed or pasted; `enrolled` holds the identities of those who are in the session. */
export function readClassList(text: string, enrolled: Set<string>, wanted?: Order): ClassList {
  const rows = parseTable(text);
  const { at, named, order } = findColumns(rows, wanted);
  const header = named ? rows.shift() : undefined;
  const lines = rows.map((row) => readLine(row, at, order));
  markDoubles(lines, enrolled);
  const needed: Column[] = at.fullName === undefined ? ['lastName', 'firstName', 'birthdate'] : ['birthdate'];
  const ignored = ignoredColumns(rows, header, Object.values(at));
  return {
    lines,
    missing: rows.length ? needed.filter((column) => at[column] === undefined) : [],
    ignored: ignored.map(({ name }) => name),
    suspect: ignored.filter(looksLikeExtraTime).map(({ name }) => name),
    ...(order && (at.firstName ?? at.fullName) !== undefined && { order }),
  };
}

function readLine({ line, start, end, cells }: Row, at: Columns['at'], order: Order | undefined): Line {
  const cell = (column: Column | 'fullName') => cells[at[column] ?? -1] ?? '';
  const names = at.fullName === undefined ? { lastName: cell('lastName'), firstName: cell('firstName') } : splitName(cell('fullName'), order);
  const entry = { ...names, birthdate: cell('birthdate'), extraTime: cell('extraTime') };
  return { line, start, end, ...entry, ...readEntry(entry) };
}

/** Before a family name, and part of it. */
const PARTICLE = /^(\p{Ll}|Mc$|Mac$|Saint$|St$)/u;

function isCapitals(word: string): boolean {
  const bare = word.replace(/^\p{Ll}['’]/u, '');
  return /\p{Lu}.*\p{Lu}/u.test(bare) && bare === bare.toUpperCase();
}

/** `Martin, Camille`; `MARTIN Camille`, by its capitals; `Martin Camille`, by the order. What nothing tells apart is left whole. */
function splitName(whole: string, order: Order | undefined): Pick<Entry, 'lastName' | 'firstName'> {
  const [before = '', after, ...more] = whole.split(/ ?, ?/);
  if (after && !more.length) return { lastName: before, firstName: after };
  const words = whole.split(' ');
  const to = words.findLastIndex(isCapitals) + 1;
  let from = words.findIndex(isCapitals);
  const isOneRun = from >= 0 && words.slice(from, to).every(isCapitals);
  while (from > 0 && PARTICLE.test(words[from - 1] ?? '')) from--;
  if (isOneRun && (from === 0) !== (to === words.length)) {
    return { lastName: words.slice(from, to).join(' '), firstName: [...words.slice(0, from), ...words.slice(to)].join(' ') };
  }
  const [one = '', other = ''] = words;
  if (words.length !== 2) return { lastName: whole, firstName: '' };
  return order === 'firstLast' ? { lastName: other, firstName: one } : { lastName: one, firstName: other };
}

/** What one candidate's entry means, and what is wrong with it by itself. */
export function readEntry(entry: Entry): { candidate: NewCandidate; faults: Fault[] } {
  const born = readBirthdate(entry.birthdate);
  const extraTime = readExtraTime(entry.extraTime.trim());
  const faults: Fault[] = [...nameFaults('lastName', entry.lastName), ...nameFaults('firstName', entry.firstName)];
  if (!entry.birthdate) faults.push({ field: 'birthdate', code: 'missing' });
  else if ('wrong' in born) faults.push({ field: 'birthdate', code: born.wrong });
  if (extraTime === undefined || extraTime > MAX_EXTRA_TIME) faults.push({ field: 'extraTime', code: 'notAPercentage' });
  const candidate = {
    lastName: entry.lastName.trim(),
    firstName: entry.firstName.trim(),
    birthdate: 'date' in born ? born.date : '',
    ...(extraTime && { extraTimePercent: extraTime }),
  };
  return { candidate, faults };
}

function nameFaults(field: 'lastName' | 'firstName', name: string): Fault[] {
  if (!name.trim()) return [{ field, code: 'missing' }];
  if (Array.from(name.trim().normalize('NFC')).length > MAX_NAME) return [{ field, code: 'tooLong' }];
  return fold(name) === '' || /\p{Cc}/u.test(name) ? [{ field, code: 'notAName' }] : [];
}

function markDoubles(lines: Line[], enrolled: Set<string>): void {
  const first = new Map<string, number>();
  for (const { candidate, faults, line } of lines) {
    if (!candidate.birthdate || !candidate.lastName || !candidate.firstName) continue;
    const who = identity(candidate);
    const of = first.get(who);
    if (enrolled.has(who)) faults.push({ field: 'person', code: 'enrolled' });
    else if (of !== undefined) faults.push({ field: 'person', code: 'double', of });
    else first.set(who, line);
  }
}

interface Ignored {
  name: string;
  cells: string[];
}

function ignoredColumns(rows: Row[], header: Row | undefined, used: number[]): Ignored[] {
  const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
  return [...Array(width).keys()]
    .filter((index) => !used.includes(index))
    .map((index) => ({ name: header?.cells[index] || `n° ${index + 1}`, cells: rows.flatMap(({ cells }) => cells[index] || []) }))
    .filter(({ cells }) => cells.length);
}

function looksLikeExtraTime({ name, cells }: Ignored): boolean {
  return /tierstemps|tempsmaj|tempssup|tempsadd|amenagement|extratime|additionaltime/.test(fold(name)) || cells.some((cell) => /tiers|(^|\D)1\/3(?![\d/])|%/i.test(cell));
}

/** Whether this line is somebody the session has already. */
export function isEnrolled({ faults }: Line): boolean {
  return faults.some(({ code }) => code === 'enrolled');
}

/** What the API says about each line of the block it refused, by where the line starts. */
export function refusedLines(problem: Problem, block: Line[]): Map<number, string[]> {
  const refused = new Map<number, string[]>();
  for (const { field, message } of problem.errors) {
    const line = block[Number(/^candidates\[(\d+)\]/.exec(field)?.[1] ?? -1)];
    if (line) refused.set(line.start, [...(refused.get(line.start) ?? []), message]);
  }
  return refused;
}
