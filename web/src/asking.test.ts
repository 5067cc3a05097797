import { expect, test, vi } from 'vitest';
import { asking } from './asking';

vi.mock('./api/client', () => ({ newKey: () => crypto.randomUUID() }));

test('the same request keeps its key, another gets its own', () => {
  const first = asking({ site: 'A' }, undefined);
  expect(asking({ site: 'A' }, first)).toBe(first);
  expect(asking({ site: 'B' }, first).key).not.toBe(first.key);
});
