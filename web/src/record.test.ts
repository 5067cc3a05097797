import { decodeProtectedHeader } from 'jose';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Whoever has a JOSE library, the documentation and the public keys needs nothing else to check a record.

const docs = join(import.meta.dirname, '../../docs');
let folder: string;
let verify: (file: string, jwks: unknown) => Promise<{ session: { number: string } }>;
let record: string;
let jwks: { keys: { kid: string; x: string }[] };

beforeAll(async () => {
  const text = await readFile(join(docs, 'record.md'), 'utf8');
  const example = /^```js\n(.*?)^```$/ms.exec(text)?.[1];
  // Here, so that it finds the library.
  folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.record-'));
  await writeFile(join(folder, 'example.mjs'), example ?? '');
  ({ verify } = (await import(join(folder, 'example.mjs'))) as { verify: typeof verify });
  record = await readFile(join(docs, 'record/example.json'), 'utf8');
  jwks = JSON.parse(await readFile(join(docs, 'record/jwks.json'), 'utf8')) as typeof jwks;
});

afterAll(() => rm(folder, { recursive: true }));

test('the example verifies by what the documentation says', async () => {
  expect((await verify(record, jwks)).session.number).toBe('9533127');
});

test('its header is the one that is documented', () => {
  const { seal } = JSON.parse(record) as { seal: string };
  expect(decodeProtectedHeader(seal)).toEqual({ alg: 'EdDSA', b64: false, crit: ['b64'], kid: jwks.keys[1]?.kid, typ: 'vigie-record+jws' });
});

test('a changed record does not', async () => {
  for (const [from, to] of [
    ['Camille', 'Camilla'],
    ['"starts":2', '"starts":3'],
    ['"minutes":5', '"minutes":6'],
    ['"finalisation":1', '"finalisation":2'],
    ['"present', '"Present'],
    ['..r', '..s'],
  ] as const) {
    const changed = record.replace(from, to);
    expect(changed).not.toBe(record);
    await expect(verify(changed, jwks)).rejects.toThrow();
  }
});

test('nor does one by another key', async () => {
  const [token, seal] = jwks.keys;
  await expect(verify(record, { keys: [token] })).rejects.toThrow();
  await expect(verify(record, { keys: [{ ...seal, x: token?.x }] })).rejects.toThrow();
  await expect(verify(record, { keys: [{ ...seal, kid: 'another' }] })).rejects.toThrow();
});
