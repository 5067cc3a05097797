import { expect, test } from 'vitest';
import names from '../../shared/src/domain/fold.json';
import { fold } from './fold';

test.each(Object.entries(names))('%s folds as the API folds it', (name, folded) => {
  expect(fold(name)).toBe(folded);
});
