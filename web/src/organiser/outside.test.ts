import { expect, test } from 'vitest';
import { outside } from './outside';

test('whoever left a centre keeps their login, without the centre and its role', () => {
  const account = { id: '1', firstName: 'Ana', lastName: 'Lima', email: 'ana@example.org' };
  const login = { token: 'token', endsAt: 1 };
  const inside = { ...login, account: { ...account, roles: ['organiser' as const], centre: { id: '2', name: 'Collège Jean Moulin' } } };
  expect(outside(inside)).toEqual({ ...login, account: { ...account, roles: [] } });
});
