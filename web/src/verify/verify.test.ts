import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { texts } from './texts';
import { verify, type Fault } from './verify';

const root = join(import.meta.dirname, '../../..');
const RECORD = Uint8Array.from(readFileSync(join(root, 'docs/record/example.json')));
const KEYS = Uint8Array.from(readFileSync(join(root, 'docs/record/jwks.json')));
const TEXT = new TextDecoder().decode(RECORD);
const HEADER = '{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"record-x","typ":"vigie-record+jws"}';

type Values = Record<string, unknown>;
const example = JSON.parse(TEXT) as Values;
const bare = Object.fromEntries(Object.entries(example).filter(([name]) => name !== 'seal'));
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const base64url = (content: string | Buffer) => Buffer.from(content).toString('base64url');

/** `undefined` where it verifies. */
async function faultOf(file: string | Uint8Array<ArrayBuffer>, keys: unknown = JSON.parse(new TextDecoder().decode(KEYS))): Promise<Fault | undefined> {
  const finding = await verify(typeof file === 'string' ? bytes(file) : file, bytes(typeof keys === 'string' ? keys : JSON.stringify(keys)));
  return 'fault' in finding ? finding.fault : undefined;
}

/** Its own order: the examples' members stand in order already. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value,
  );
}

/** Somebody with a key of their own. */
class Sealer {
  readonly #key: KeyObject;

  constructor(seed: number) {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  }

  key(kid: string): Values {
    return { alg: 'EdDSA', crv: 'Ed25519', kid, kty: 'OKP', use: 'sig', x: createPublicKey(this.#key).export({ format: 'jwk' }).x };
  }

  /** The record with a right signature under this header. */
  seal(change: Values = {}, header = HEADER): string {
    const record = { ...bare, ...change };
    const encoded = base64url(header);
    const signature = sign(null, Buffer.from(`${encoded}.${canonical(record)}`), this.#key);
    return canonical({ ...record, seal: `${encoded}..${base64url(signature)}` });
  }
}

const sealer = new Sealer(1);
const keys = [sealer.key('record-x')];

test('the example verifies', async () => {
  expect(await verify(RECORD, KEYS)).toEqual({
    verified: {
      session: '9533127',
      finalisation: 1,
      finalisedAt: '2026-06-15T10:30:00.500Z',
      key: 'record-Z-5Qa8C-c_KHDWt4',
      plan: expect.objectContaining({ date: '2026-06-15', time: '09:00', timeZone: 'Europe/Paris', site: 'Collège Jean Moulin', room: 'Salle 12' }) as unknown,
    },
  });
});

test('every changed byte is found', async () => {
  let tries = 0;
  const isFound = async (changed: Uint8Array<ArrayBuffer>, what: string) => {
    tries++;
    if (!('fault' in (await verify(changed, KEYS)))) throw new Error(`not found: ${what}`);
  };
  for (let place = 0; place < RECORD.length; place++) {
    const [before, at, after] = [RECORD.slice(0, place), RECORD.slice(place, place + 1), RECORD.slice(place + 1)];
    for (const bit of [0, 5, 7]) await isFound(joined(before, Uint8Array.of((at[0] ?? 0) ^ (1 << bit)), after), `bit ${bit} of byte ${place}`);
    await isFound(joined(before, after), `byte ${place} left out`);
    await isFound(joined(before, bytes(' '), at, after), `a space before byte ${place}`);
    await isFound(joined(before, at, at, after), `byte ${place} twice`);
    await isFound(before, `all from byte ${place} on`);
  }
  for (const more of [' ', '\n', '{}', '\0']) await isFound(bytes(TEXT + more), `${JSON.stringify(more)} at the end`);
  expect(tries).toBe(RECORD.length * 7 + 4);
}, 120_000);

test('what says the same in another form is not the file', async () => {
  for (const form of [
    JSON.stringify(example, undefined, 2),
    `${TEXT}\n`,
    TEXT.replace('Zoé', 'Zo\\u00e9'),
    TEXT.replace('Zoé', 'Zoe\u0301'),
    TEXT.replace('"starts":2', '"starts":2.0'),
    TEXT.replace('"starts":2', '"starts":2e0'),
    TEXT.replace('"finalisation":1,', '"finalisation":1,"finalisation":1,'),
    TEXT.replace('"finalisation":1,', '"finalisation":2,"finalisation":1,'),
  ]) {
    expect(form).not.toBe(TEXT);
    expect(await faultOf(form), form.slice(0, 200)).toMatch(/^(notCanonical|wrongSignature)$/);
  }
  expect(await faultOf(`\ufeff${TEXT}`)).toBe('notARecord');
});

test('a seal has one header', async () => {
  expect(await faultOf(sealer.seal(), { keys })).toBeUndefined();
  for (const [from, to] of [
    ['EdDSA', 'none'],
    ['EdDSA', 'HS256'],
    ['EdDSA', 'Ed25519'],
    ['"b64":false', '"b64":true'],
    ['"b64":false,', ''],
    ['["b64"]', '[]'],
    ['["b64"]', '["b64","exp"]'],
    [',"crit":["b64"]', ''],
    ['"kid":"record-x",', ''],
    ['"kid":"record-x"', '"kid":1'],
    ['"kid":"record-x"', String.raw`"kid":"record-\ud800"`],
    ['vigie-record+jws', 'JWT'],
    [',"typ":"vigie-record+jws"', ''],
    ['{"alg"', '{"jwk":{},"alg"'],
    ['{"alg"', '["alg"'],
  ] as const) {
    const header = HEADER.replace(from, to);
    expect(header).not.toBe(HEADER);
    expect(await faultOf(sealer.seal({}, header), { keys }), header).toBe('notASeal');
  }
  const sealed = sealer.seal();
  const { seal } = JSON.parse(sealed) as { seal: string };
  const [header = '', signature = ''] = seal.split('..');
  // No signature, one part more, padding, bits that decode to nothing, another alphabet.
  for (const [other, fault] of [
    ['', 'notASeal'],
    [header, 'notASeal'],
    [`${header}..`, 'wrongSignature'],
    [`${header}.${signature}`, 'notASeal'],
    [`${header}.e30.${signature}`, 'notASeal'],
    [`${seal}.`, 'notASeal'],
    [`${seal}==`, 'notASeal'],
    [`${header}..${'A'.repeat(86)}`, 'wrongSignature'],
    [`${header}..${'A'.repeat(85)}B`, 'notASeal'],
    [`${header}..${'-'.repeat(85)}A`, 'wrongSignature'],
    [`${header}..${'+'.repeat(85)}A`, 'notASeal'],
  ] as const) {
    expect(await faultOf(sealed.replace(seal, other), { keys }), other).toBe(fault);
  }
  expect(await faultOf(canonical({ ...example, seal: 1 }), { keys })).toBe('notASeal');
});

test('only the key that it names, and of that use, counts', async () => {
  const other = new Sealer(2);
  const [file, own] = [sealer.seal(), sealer.key('record-x')];
  expect(await faultOf(file, { keys: [other.key('token'), own] })).toBeUndefined();
  expect(await faultOf(file, { keys: [] })).toBe('unknownKey');
  expect(await faultOf(file, { keys: [null, 'record-x', sealer.key('record-y')] })).toBe('unknownKey');
  expect(await faultOf(file, { keys: [own, own] })).toBe('unknownKey');
  expect(await faultOf(file, { keys: [other.key('record-x')] })).toBe('wrongSignature');
  const byToken = sealer.seal({}, HEADER.replace('record-x', 'token'));
  expect(await faultOf(byToken, { keys: [sealer.key('token')] }), 'tokens’ keys seal nothing').toBe('notASeal');
  for (const [name, value, fault] of [
    ['use', 'enc', 'unknownKey'],
    ['kty', 'EC', 'unknownKey'],
    ['crv', 'Ed448', 'unknownKey'],
    ['alg', 'ES256', 'unknownKey'],
    ['x', '?', 'unknownKey'],
    ['x', 'AA', 'wrongSignature'],
    ['x', '', 'wrongSignature'],
  ] as const) {
    expect(await faultOf(file, { keys: [{ ...own, [name]: value }] }), `${name}: ${value}`).toBe(fault);
  }
});

test('only records of known formats are records', async () => {
  const session = example['session'] as Values;
  for (const change of [
    { format: 'vigie-record/2' },
    { finalisation: '1' },
    { finalisation: -1 },
    { session: { ...session, number: 1 } },
    { session: [] },
    { session: null },
  ]) {
    expect(await faultOf(sealer.seal(change), { keys }), JSON.stringify(change)).toBe('unknownFormat');
  }
  expect(await faultOf(sealer.seal({ finalisation: 2 }), { keys })).toBeUndefined();
  expect(await faultOf(sealer.seal({ format: 1 }), { keys })).toBe('notARecord');
  expect(await faultOf(canonical(bare), { keys: [] })).toBe('noSeal');
  for (const [file, fault] of [['', 'notARecord'], ['[]', 'notARecord'], ['1', 'notARecord'], ['null', 'notARecord'], ['{}', 'notARecord'], ['{ "keys": [] }', 'notARecord'], ['{"a":"\\ud800"}', 'notARecord'], ['{"a":1e400}', 'notARecord'], ['['.repeat(1e6), 'notARecord']] as const) {
    expect(await faultOf(file, { keys: [] }), file.slice(0, 20)).toBe(fault);
  }
  expect(await faultOf(Uint8Array.from(Buffer.from('{"a":"\xff"}', 'latin1')))).toBe('notARecord');
  for (const bad of ['', '[]', 'null', '{}', '{"keys":{}}']) expect(await faultOf(TEXT, bad), bad).toBe('notKeys');
});

test('a canonical form has its members in the order of UTF-16, whatever their names', async () => {
  // A program that sorts by code points, or takes numbers for places in a list, would have another one.
  const names = ['10', '9', '__proto__', 'a', 'format', 'é', '\u{1f600}', '\ufb33'];
  const members = names.map((name) => `${JSON.stringify(name)}:${name === 'format' ? '"any"' : '{"b":[],"c":null}'}`).join();
  expect(await faultOf(`{${members}}`, { keys: [] })).toBe('noSeal');
  expect(await faultOf(`{${members.replace('"b":[],"c":null', '"c":null,"b":[]')}}`, { keys: [] })).toBe('notCanonical');
});

test('where a browser can’t check, nothing is said of the record', async () => {
  const none = vi.spyOn(globalThis.crypto, 'subtle', 'get').mockReturnValue(undefined as unknown as SubtleCrypto);
  expect(await faultOf(TEXT)).toBe('cannotCheck');
  none.mockReturnValue({ importKey: () => Promise.reject(new DOMException('', 'NotSupportedError')) } as unknown as SubtleCrypto);
  expect(await faultOf(TEXT)).toBe('cannotCheck');
  none.mockRestore();
  expect(await faultOf(TEXT)).toBeUndefined();
});

test('it says what `vigie-verify` says, in the same words', () => {
  const [library, program] = ['lib', 'main'].map((name) => readFileSync(join(root, `verify/src/${name}.rs`), 'utf8'));
  const sources = { fr: program, en: `${library ?? ''}${program ?? ''}` };
  for (const language of ['fr', 'en'] as const) {
    const t = texts[language];
    const source = sources[language]?.replace(/\\\n\s*/g, '').replaceAll('\\u{a0}', '\u00a0').replaceAll('\'', '’');
    const verdicts = [t.verdict.verified, t.verdict.notVerified, t.verdict.unreadable].map((verdict) => verdict.toLocaleUpperCase(language));
    const sentences = [t.verified('{session}', '{finalisation}', '{finalised_at}', '{key}'), ...Object.values(t.why)];
    for (const text of [...verdicts, ...sentences.map((sentence) => sentence.charAt(0).toLowerCase() + sentence.slice(1, -1))]) expect(source).toContain(text);
  }
});
