import { beforeEach, expect, test, vi } from 'vitest';
import { api } from '../api/client';
import { logIn } from './logIn';

vi.mock('../api/client', () => ({ api: { logIn: vi.fn() } }));
const asked = vi.mocked(api.logIn);

beforeEach(() => {
  const stored: Record<string, string> = {};
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => (stored[key] = value),
  });
  asked.mockReset();
});

function answer(device: string): void {
  asked.mockResolvedValueOnce({
    ok: true,
    value: { accessToken: '', tokenType: 'Bearer', expiresIn: 1, device, account: { id: '', firstName: '', lastName: '', email: '', roles: [] } },
  });
}

test('what a login was given is shown at the next one of that address', async () => {
  answer('first');
  await logIn('zoe@example.org', 'Certification1');
  answer('second');
  await logIn('Zoe@example.org', 'Certification1');
  answer('other');
  await logIn('ana@example.org', 'Certification1');
  asked.mockResolvedValueOnce({ ok: false, problem: { code: 'invalid_credentials', title: '', detail: '', errors: [] } });
  await logIn('zoe@example.org', 'Certification2');
  answer('third');
  await logIn('zoe@example.org', 'Certification1');
  expect(asked.mock.calls.map(([body]) => body.device)).toEqual([undefined, 'first', undefined, 'second', 'second']);
});
