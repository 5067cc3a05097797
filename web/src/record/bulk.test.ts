import { expect, test } from 'vitest';
import type { Outcome } from '../api/client';
import { candidate } from '../api/testing';
import { inBlocks, readMinutes, refusals } from './bulk';

test.each([
  ['10', 10],
  [' +120 ', 120],
  ['-5', -5],
  ['−5', -5],
  ['0', undefined],
  ['121', undefined],
  ['-121', undefined],
  ['5,5', undefined],
  ['', undefined],
  ['dix', undefined],
])('%s minutes', (typed, minutes) => {
  expect(readMinutes(typed)).toBe(minutes);
});

test('as many go at once as the API takes, until one block fails', async () => {
  const ids = Array.from({ length: 200 }, (_, n) => String(n));
  const sent: number[] = [];
  const done = await inBlocks(ids, (block) => {
    sent.push(block.length);
    return Promise.resolve({ ok: true, value: { results: block.map((candidate) => ({ candidate, status: 200 })) } });
  });
  expect(sent).toEqual([99, 99, 2]);
  expect(done.ok && done.value.map(({ candidate }) => candidate)).toEqual(ids);
  sent.length = 0;
  const refusal: Outcome<never> = { ok: false, problem: { code: 'unreachable', title: '', detail: '', errors: [] } };
  const failed = await inBlocks(ids, (block) => {
    sent.push(block.length);
    return Promise.resolve(refusal);
  });
  expect(sent).toEqual([99]);
  expect(failed).toEqual(refusal);
});

test('those for whom it was not done, together where the reason is the same', () => {
  const [a, b, c] = [candidate({ id: 'a' }), candidate({ id: 'b' }), candidate({ id: 'c' })];
  const results = [
    { candidate: 'a', status: 409, code: 'test_ended' },
    { candidate: 'b', status: 200 },
    { candidate: 'c', status: 409, code: 'test_ended' },
  ];
  expect(refusals(results, [a, b, c])).toEqual([['test_ended', [a, c]]]);
});
