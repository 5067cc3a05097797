import { expect, test } from 'vitest';
import { candidate } from '../api/testing';
import { correction, entryOf, refusedFields } from './correction';
import { readEntry } from './entry';

const zoe = candidate({ firstName: 'Zoe', lastName: 'Bernard', birthdate: '2012-05-01', extraTimePercent: 33 });
const typed = (more: Partial<ReturnType<typeof entryOf>>) => correction(zoe, readEntry({ ...entryOf(zoe), ...more }).candidate);
const words = { sameAsAnother: 'same', extraTimeOver: 'over' };

test('only what is typed otherwise is corrected', () => {
  expect(typed({})).toEqual({});
  expect(typed({ firstName: ' Zoé ' })).toEqual({ firstName: 'Zoé' });
  expect(typed({ birthdate: '2/5/2012', extraTimePercent: '1/3' })).toEqual({ birthdate: '2012-05-02' });
});

test('emptied extra time is none', () => {
  expect(typed({ extraTimePercent: '' })).toEqual({ extraTimePercent: 0 });
});

test('a refusal stands at what it is about', () => {
  const problem = { title: '', detail: '', errors: [] };
  expect(refusedFields({ ...problem, code: 'already_enrolled' }, words)).toEqual({ lastName: 'same' });
  expect(refusedFields({ ...problem, code: 'test_ended' }, words)).toEqual({ extraTimePercent: 'over' });
  expect(refusedFields({ ...problem, code: 'session_finalised' }, words)).toEqual({});
  const errors = [{ field: 'extraTimePercent', code: 'out_of_range', message: '0 to 200' }];
  expect(refusedFields({ ...problem, code: 'invalid_fields', errors }, words)).toEqual({ extraTimePercent: '0 to 200' });
});
