import { beforeEach, expect, test, vi } from 'vitest';
import { deviceOf, keepDevice } from './devices';

let stored: Record<string, string>;

beforeEach(() => {
  stored = {};
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => (stored[key] = value),
  });
});

test('each address has the id that it was given last', async () => {
  await keepDevice('zoe@example.org', 'first');
  await keepDevice('ana@example.org', 'second');
  expect(await deviceOf('zoe@example.org')).toBe('first');
  expect(await deviceOf('ana@example.org')).toBe('second');
  expect(await deviceOf('tom@example.org')).toBeUndefined();
  await keepDevice('zoe@example.org', 'third');
  expect(await deviceOf('zoe@example.org')).toBe('third');
  expect(Object.values(stored).join()).not.toContain('first');
});

test('an address is the same in any case, and with spaces around it', async () => {
  await keepDevice('Zoe\u0301@Example.org', 'first');
  expect(await deviceOf(' zoé@example.ORG ')).toBe('first');
});

test('nothing kept names anybody, nor is the same for one address twice', async () => {
  await keepDevice('zoe@example.org', 'first');
  const before = Object.values(stored).join();
  expect(before).not.toMatch(/zoe|example|@/);
  await keepDevice('zoe@example.org', 'second');
  const hash = (text: string) => /"of":"([0-9a-f]{64})"/.exec(text)?.[1];
  expect(hash(before)).toBeDefined();
  expect(hash(Object.values(stored).join())).not.toBe(hash(before));
});

test('a computer that many use keeps the last twenty', async () => {
  for (let n = 0; n < 21; n++) await keepDevice(`pupil${n}@example.org`, `id${n}`);
  expect(await deviceOf('pupil0@example.org')).toBeUndefined();
  expect(await deviceOf('pupil1@example.org')).toBe('id1');
  expect(await deviceOf('pupil20@example.org')).toBe('id20');
});

test('a browser that keeps nothing, or something else, has no id', async () => {
  stored['vigie.devices'] = '{';
  expect(await deviceOf('zoe@example.org')).toBeUndefined();
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new Error('denied');
    },
    setItem: () => {
      throw new Error('denied');
    },
  });
  expect(await deviceOf('zoe@example.org')).toBeUndefined();
  await expect(keepDevice('zoe@example.org', 'first')).resolves.toBeUndefined();
});
