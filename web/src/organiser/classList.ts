import type { Column, ImportFinding, NameOrder } from '../api/client';
import type { Texts } from './texts';

/** The largest file that the API is sent, in bytes: on AWS no more of it fits into a request (docs/architecture.md, "A file is read within bounds"). */
export const MAX_FILE = 4_500_000;

const MEDIA_TYPES: Partial<Record<string, string>> = {
  // Not `text/…`, which gateways take for UTF-8.
  csv: 'application/csv',
  txt: 'application/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
};

/** The columns of a class list, and of a list of sessions, as a file to fill in has them. */
export const COLUMNS: Column[] = ['lastName', 'firstName', 'birthdate', 'extraTimePercent'];
export const SESSION_COLUMNS: Column[] = ['date', 'time', 'site', 'room', 'examiner', 'durationMinutes', ...COLUMNS];

/** A class list that nobody has read yet. */
export interface ClassList {
  /** As it is sent; its type says how it is written. */
  content: Blob;
  /** Which name comes first, once somebody said so. */
  order: NameOrder | undefined;
  /** Tells a file from others and from what is typed, with what it is asked for. */
  id: string;
}

/** A file that was chosen, as it was then. */
export interface ListFile {
  name: string;
  /** In milliseconds since 1970. */
  changedAt: number;
  content: Blob;
}

export function listOfText(text: string, order: NameOrder | undefined): ClassList {
  return { content: new Blob([text], { type: 'text/csv' }), order, id: JSON.stringify([order]) };
}

export function listOfFile({ name, changedAt, content }: ListFile, order: NameOrder | undefined): ClassList {
  return { content, order, id: JSON.stringify([name, changedAt, content.size, order]) };
}

/** What is in a file now: whoever saves it later chooses it again. */
export async function readFile(file: File): Promise<ListFile> {
  const type = MEDIA_TYPES[file.name.toLowerCase().split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  return { name: file.name, changedAt: file.lastModified, content: new Blob([await file.arrayBuffer()], { type }) };
}

/** Where a line begins and ends in a text, counted from 1 as the API counts. */
export function placeOf(line: number, text: string): [start: number, end: number] {
  const before = text.split('\n', line - 1).join('\n');
  const start = line > 1 ? before.length + 1 : 0;
  const end = text.indexOf('\n', start);
  return [start, end < 0 ? text.length : end];
}

/** A file to fill in: what Excel opens as columns, in the letters of any language. */
export function template(columns: Column[], t: Texts): string {
  const heading = columns.map((column) => t.column[column]).join(t.separator);
  return `data:text/csv;charset=utf-8,${encodeURIComponent(`\ufeff${heading}\r\n`)}`;
}

/** The API's own words, but where they leave open which column they mean. */
export function remark({ field, code, message }: ImportFinding, t: Texts): string {
  const own = { required: t.fault.missing, too_long: t.fault.tooLong, invalid: t.fault.notAName }[code];
  if (!field) return message;
  if (field === 'lastName' || field === 'firstName' || field === 'birthdate') return own?.(field) ?? message;
  return field === 'extraTimePercent' ? message : t.is(t.column[field], message);
}
