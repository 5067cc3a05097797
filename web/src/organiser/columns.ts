import { readExtraTime } from './extraTime';
import { fold } from '../fold';
import type { Row } from './table';

export type Column = 'lastName' | 'firstName' | 'birthdate' | 'extraTime';
/** Which name comes first. */
export type Order = 'lastFirst' | 'firstLast';

/** Where the columns of a class list are. */
export interface Columns {
  at: Partial<Record<Column | 'fullName', number>>;
  /** The first row names them. */
  named: boolean;
  /** How the names were told apart, where the first row does not say. */
  order?: Order;
}

/** What a column may be called, accents, case and punctuation aside. */
const NAMES: Record<Column | 'fullName', string[]> = {
  lastName: [
    'nom', 'noms', 'nomdefamille', 'nomfamille', 'nomdenaissance', 'nomusuel', 'nomdusage', 'nomeleve', 'nomdeleleve', 'nomcandidat', 'nomducandidat',
    'lastname', 'familyname', 'surname',
  ],
  firstName: [
    'prenom', 'prenoms', 'prenom1', 'prenomusuel', 'premierprenom', 'prenomeleve', 'prenomdeleleve', 'prenomcandidat', 'prenomducandidat',
    'firstname', 'givenname', 'givennames', 'forename',
  ],
  birthdate: [
    'datedenaissance', 'datenaissance', 'datenaiss', 'datedenaiss', 'naissance', 'ne', 'nee', 'nele', 'neele', 'neelele', 'neoule', 'neounee', 'neouneele', 'ddn', 'date',
    'birthdate', 'dateofbirth', 'birthday', 'dob', 'born', 'bornon',
  ],
  extraTime: [
    'tierstemps', 'tempsmajore', 'tempssupplementaire', 'tempsadditionnel', 'majoration', 'majorationdetemps', 'majorationdutemps',
    'extratime', 'extratimepercent', 'additionaltime',
  ],
  fullName: [
    'eleve', 'eleves', 'candidat', 'candidats', 'nomprenom', 'nomprenoms', 'nometprenom', 'nometprenoms', 'nomsprenoms', 'nomsetprenoms', 'prenomnom', 'prenometnom',
    'name', 'fullname', 'student', 'pupil', 'candidate',
  ],
};
const COLUMNS = Object.keys(NAMES) as (Column | 'fullName')[];

/** Finds the columns by their names in the first row, or by what stands in them. */
export function findColumns(rows: Row[], wanted?: Order): Columns {
  const at = namedIn(rows[0]);
  if (!isHeader(rows, at)) return byContent(rows, wanted);
  const { fullName, ...others } = at;
  const isWhole = fullName !== undefined && at.lastName === undefined && at.firstName === undefined;
  const date = at.birthdate ?? dateColumn(rows.slice(1), Object.values(at));
  return {
    at: { ...others, ...(date !== undefined && { birthdate: date }), ...(isWhole && { fullName }) },
    named: true,
    ...(isWhole && { order: wanted ?? orderOf(rows[0]?.cells[fullName] ?? '') }),
  };
}

/** Which name comes first below a heading for both. */
function orderOf(heading: string): Order {
  return /^(prenom|name|fullname|student|pupil|candidate$)/.test(fold(heading)) ? 'firstLast' : 'lastFirst';
}

/** Two names are enough, or one above dates without a date beside it. */
function isHeader(rows: Row[], at: Columns['at']): boolean {
  const named = Object.keys(at).length;
  const [first, ...others] = rows.map(({ cells }) => cells.some(looksLikeDate));
  return named > 1 || (named === 1 && first === false && others.some(Boolean));
}

function namedIn(row: Row | undefined): Columns['at'] {
  const at: Columns['at'] = {};
  for (const [index, cell] of (row?.cells ?? []).entries()) {
    const column = COLUMNS.find((column) => NAMES[column].includes(fold(cell)));
    if (column) at[column] ??= index;
  }
  return at;
}

function byContent(rows: Row[], wanted: Order | undefined): Columns {
  const date = dateColumn(rows, []);
  const words = columnsWhere(rows, (cells) => 2 * cells.filter((cell) => /\p{L}/u.test(cell) && !/\d/.test(cell) && readExtraTime(cell) === undefined).length > cells.length);
  const [one, other] = words.filter((index) => index !== date);
  const order = wanted ?? guessOrder(rows, one, other);
  const [last, first] = order === 'lastFirst' ? [one, other] : [other, one];
  // What stands before the names are their numbers in the list.
  const afterNames = (index: number) => index !== date && index > (other ?? one ?? -1);
  // Numbers too high for extra time are something else, such as classes; a `%` never is.
  const [extra] = columnsWhere(
    rows,
    (cells) => cells.some((cell) => cell.endsWith('%')) || 2 * cells.filter((cell) => (readExtraTime(cell) ?? Infinity) <= 200).length >= cells.length,
  ).filter(afterNames);
  const isWhole = other === undefined && one !== undefined && inColumn(rows, one).every((cell) => cell.includes(' '));
  const found = { ...(isWhole ? { fullName: one } : { lastName: last, firstName: first }), birthdate: date, extraTime: extra };
  return { at: Object.fromEntries(Object.entries(found).filter(([, index]) => index !== undefined)), named: false, order };
}

/** As in French class lists, unless the second name alone is in capitals. */
function guessOrder(rows: Row[], one: number | undefined, other: number | undefined): Order {
  const capitals = (index: number | undefined) => {
    const cells = index === undefined ? [] : inColumn(rows, index);
    return cells.length > 0 && 2 * cells.filter((cell) => cell === cell.toUpperCase()).length > cells.length;
  };
  return capitals(other) && !capitals(one) ? 'firstLast' : 'lastFirst';
}

/** Whether a text is meant to be a date. */
function looksLikeDate(text: string): boolean {
  return /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}$/.test(text);
}

function dateColumn(rows: Row[], taken: number[]): number | undefined {
  const dates = (index: number) => inColumn(rows, index).filter(looksLikeDate).length;
  const [best] = columnsWhere(rows, (cells) => cells.some(looksLikeDate))
    .filter((index) => !taken.includes(index))
    .sort((a, b) => dates(b) - dates(a));
  return best;
}

function columnsWhere(rows: Row[], holds: (cells: string[]) => boolean): number[] {
  const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
  return [...Array(width).keys()].filter((index) => {
    const cells = inColumn(rows, index);
    return cells.length > 0 && holds(cells);
  });
}

/** What stands in a column, empty cells aside. */
function inColumn(rows: Row[], index: number): string[] {
  return rows.map(({ cells }) => cells[index] ?? '').filter(Boolean);
}
