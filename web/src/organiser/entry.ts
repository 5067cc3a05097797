import type { NewCandidate } from '../api/client';
import { readBirthdate } from '../birthdate';
import { fold } from '../fold';
import { readExtraTime } from './extraTime';

/** The API's limits. */
const MAX_NAME = 255;
const MAX_EXTRA_TIME = 200;

/** What somebody typed about one candidate. */
export type Entry = Record<keyof NewCandidate, string>;

/** Why a candidate can't be enrolled as typed. */
export interface Fault {
  field: keyof NewCandidate;
  code: 'missing' | 'tooLong' | 'notAName' | 'shape' | 'year' | 'day' | 'notAPercentage';
}

/** What an entry means, and what is wrong with it. */
export function readEntry(entry: Entry): { candidate: NewCandidate; faults: Fault[] } {
  const born = readBirthdate(entry.birthdate);
  const extraTime = readExtraTime(entry.extraTimePercent.trim());
  const faults: Fault[] = [...nameFaults('lastName', entry.lastName), ...nameFaults('firstName', entry.firstName)];
  if (!entry.birthdate) faults.push({ field: 'birthdate', code: 'missing' });
  else if ('wrong' in born) faults.push({ field: 'birthdate', code: born.wrong });
  if (extraTime === undefined || extraTime > MAX_EXTRA_TIME) faults.push({ field: 'extraTimePercent', code: 'notAPercentage' });
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
