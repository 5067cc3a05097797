import { beforeEach, expect, test, vi } from 'vitest';
import type { LoggedIn, Outcome } from './api/client';
import { loginOf, renewing, type Login } from './renewal';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REFUSED: Outcome<LoggedIn> = { ok: false, problem: { code: 'unauthenticated', title: '', detail: '', errors: [], status: 401 } };
const NO_ANSWER: Outcome<LoggedIn> = { ok: false, problem: { code: 'unreachable', title: '', detail: '', errors: [] } };

const answer = (accessToken: string, firstName = 'Ana'): LoggedIn => ({
  accessToken,
  tokenType: 'Bearer',
  expiresIn: 3600,
  account: { id: 'a', firstName, lastName: 'Lima', email: 'ana@example.org', roles: [] },
});
const renewedAs = (token: string, firstName?: string): Outcome<LoggedIn> => ({ ok: true, value: answer(token, firstName) });

const renew = vi.fn<(token: string) => Promise<Outcome<LoggedIn>>>();
let kept: { value: Login | undefined };
let fresh: ReturnType<typeof renewing>;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  renew.mockReset();
  kept = { value: loginOf(answer('first')) };
  fresh = renewing(kept, renew);
});

test('a token is used as it is until five minutes before its end, then renewed', async () => {
  renew.mockResolvedValueOnce(renewedAs('second', 'Anna'));
  vi.setSystemTime(55 * MINUTE - 1);
  expect(fresh('first')).toBe('first');
  vi.setSystemTime(55 * MINUTE);
  expect(await fresh('first')).toBe('second');
  expect(renew).toHaveBeenCalledExactlyOnceWith('first');
  expect(kept.value).toMatchObject({ token: 'second', endsAt: 115 * MINUTE, account: { firstName: 'Anna' } });
  expect(fresh('second')).toBe('second');
});

test('after a sleep, too', async () => {
  renew.mockResolvedValueOnce(renewedAs('second'));
  vi.setSystemTime(9 * HOUR);
  expect(await fresh('first')).toBe('second');
});

test('several calls wait for the same renewal', async () => {
  let answered: (outcome: Outcome<LoggedIn>) => void = () => undefined;
  renew.mockReturnValueOnce(new Promise((resolve) => (answered = resolve)));
  vi.setSystemTime(HOUR);
  const calls = [1, 2, 3].map(async () => fresh('first'));
  answered(renewedAs('second'));
  expect(await Promise.all(calls)).toEqual(['second', 'second', 'second']);
  expect(renew).toHaveBeenCalledOnce();
  renew.mockResolvedValueOnce(renewedAs('third'));
  vi.setSystemTime(2 * HOUR);
  expect(await fresh('second')).toBe('third');
});

test('other tokens are none of its business: a test that runs waits for nothing', () => {
  vi.setSystemTime(HOUR);
  expect(fresh('attempt')).toBe('attempt');
  kept.value = undefined;
  expect(fresh('first')).toBe('first');
  expect(renew).not.toHaveBeenCalled();
});

test('what is refused is not asked for again', async () => {
  renew.mockResolvedValueOnce(REFUSED);
  vi.setSystemTime(HOUR);
  expect(await fresh('first')).toBe('first');
  expect(fresh('first')).toBe('first');
  expect(renew).toHaveBeenCalledOnce();
  expect(kept.value?.token).toBe('first');
});

test('without an answer the call goes as it would have, and the next one tries again', async () => {
  renew.mockResolvedValueOnce(NO_ANSWER);
  vi.setSystemTime(HOUR);
  expect(await fresh('first')).toBe('first');
  renew.mockResolvedValueOnce(renewedAs('second'));
  expect(await fresh('first')).toBe('second');
});

test('whoever sits here meanwhile stays who they are', async () => {
  let answered: (outcome: Outcome<LoggedIn>) => void = () => undefined;
  renew.mockReturnValueOnce(new Promise((resolve) => (answered = resolve)));
  vi.setSystemTime(HOUR);
  const call = fresh('first');
  kept.value = loginOf(answer('of somebody else'));
  answered(renewedAs('second'));
  expect(await call).toBe('first');
  expect(kept.value.token).toBe('of somebody else');
});

test('a login kept by an older page, which did not know its end, is renewed at once', async () => {
  const { token, account } = loginOf(answer('first'));
  kept.value = { token, account } as Login;
  renew.mockResolvedValueOnce(renewedAs('second'));
  expect(await fresh('first')).toBe('second');
});
