/**
 * Whether a session's record is, to the byte, as its finalisation sealed it: what `vigie-verify` does (verify/src/lib.rs),
 * with what browsers have. docs/record.md says what is looked at.
 */

const FORMATS: unknown[] = ['vigie-record/1'];
/** How the ids of keys begin that seal records: a token's key seals none. */
const KEY_ID = 'record-';
const KIND = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' };

/** What a record that verifies is of. */
interface Verified {
  /** Its number. */
  session: string;
  /** Which finalisation of the session sealed it. */
  finalisation: number;
  /** When, in UTC. */
  finalisedAt: string;
  /** The id of the key. */
  key: string;
  /** When and where the session was, as every record of its format says. */
  plan: Record<'date' | 'time' | 'timeZone' | 'site' | 'room', string>;
}

/** Why a record does not verify, as `vigie-verify` tells them apart; the last one is of a browser that can't check a seal. */
export type Fault = 'notARecord' | 'notKeys' | 'notCanonical' | 'noSeal' | 'notASeal' | 'unknownKey' | 'wrongSignature' | 'unknownFormat' | 'cannotCheck';

/** What a file came to. */
export type Finding = { verified: Verified } | { fault: Fault };

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

class Refused extends Error {
  constructor(readonly fault: Fault) {
    super(fault);
  }
}

/** Checks the file of a record by the file of a deployment's public keys, that of `/.well-known/jwks.json`. */
export async function verify(file: BufferSource, keys: BufferSource): Promise<Finding> {
  try {
    return { verified: await verified(file, keys) };
  } catch (error) {
    if (error instanceof Refused) return { fault: error.fault };
    throw error;
  }
}

async function verified(file: BufferSource, keyFile: BufferSource): Promise<Verified> {
  const keys = member(attempt('notKeys', () => read(keyFile).value), 'keys');
  if (!Array.isArray(keys)) throw new Refused('notKeys');
  const { text, value: record } = attempt('notARecord', () => read(file));
  if (typeof record !== 'object' || record === null || Array.isArray(record) || typeof record['format'] !== 'string') throw new Refused('notARecord');
  // A value has one canonical form. So this also finds names that stand twice, whatever follows, and other writings.
  if (attempt('notARecord', () => canonical(record)) !== text) throw new Refused('notCanonical');
  const { seal, ...sealed } = record;
  if (seal === undefined) throw new Refused('noSeal');
  const [header, nothing, last, ...more] = typeof seal === 'string' ? seal.split('.') : [];
  if (header === undefined || nothing !== '' || last === undefined || more.length) throw new Refused('notASeal');
  const key = keyId(header);
  const signature = attempt('notASeal', () => decoded(last));
  const message = new TextEncoder().encode(`${header}.${canonical(sealed)}`);
  if (!(await isSigned(message, signature, publicKey(keys, key)))) throw new Refused('wrongSignature');
  return told(sealed, key);
}

/** What a record of a known format says of its finalisation. */
function told({ format, finalisation, session }: Record<string, Json>, key: string): Verified {
  const [number, finalisedAt] = [member(session, 'number'), member(session, 'finalisedAt')];
  const isKnown = FORMATS.includes(format) && Number.isInteger(finalisation) && Number(finalisation) >= 0;
  if (!isKnown || typeof number !== 'string' || typeof finalisedAt !== 'string') throw new Refused('unknownFormat');
  return { session: number, finalisation: Number(finalisation), finalisedAt, key, plan: session as Verified['plan'] };
}

/** The id of the key that this header names. It has exactly what the header of a seal has. */
function keyId(header: string): string {
  const told = attempt('notASeal', () => read(decoded(header)).value);
  const kid = member(told, 'kid');
  if (typeof kid !== 'string' || !kid.startsWith(KEY_ID)) throw new Refused('notASeal');
  const expected: Json = { alg: 'EdDSA', b64: false, crit: ['b64'], kid, typ: 'vigie-record+jws' };
  if (attempt('notASeal', () => canonical(told) !== canonical(expected))) throw new Refused('notASeal');
  return kid;
}

/** The one key of this id that signs with Ed25519. */
function publicKey(keys: Json[], id: string): Uint8Array<ArrayBuffer> {
  const [key, another] = keys.filter((key) => member(key, 'kid') === id);
  const point = member(key, 'x');
  const fits = Object.entries(KIND).every(([name, value]) => member(key, name) === value);
  if (another !== undefined || !fits || typeof point !== 'string') throw new Refused('unknownKey');
  return attempt('unknownKey', () => decoded(point));
}

async function isSigned(message: BufferSource, signature: BufferSource, point: BufferSource): Promise<boolean> {
  // Only pages that came safely have it.
  const crypto = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (!crypto) throw new Refused('cannotCheck');
  try {
    const key = await crypto.importKey('raw', point, 'Ed25519', false, ['verify']);
    return await crypto.verify('Ed25519', key, signature, message);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') throw new Refused('cannotCheck');
    // What is no key has signed nothing.
    return false;
  }
}

/** Throws where it is no JSON in UTF-8. */
function read(file: BufferSource): { text: string; value: Json } {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  return { text, value: JSON.parse(text) as Json };
}

/** The one form that a value has (RFC 8785). Throws where it has none. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${members.map(([name, value]) => `${canonical(name)}:${canonical(value)}`).join()}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError();
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new RangeError();
  return JSON.stringify(value);
}

/** Throws where it is not base64url in its one form. */
function decoded(text: string): Uint8Array<ArrayBuffer> {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = atob(base64);
  if (text.includes('+') || text.includes('/') || btoa(bytes).replace(/=+$/, '') !== base64) throw new RangeError();
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

function member(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function attempt<T>(fault: Fault, work: () => T): T {
  try {
    return work();
  } catch {
    throw new Refused(fault);
  }
}
