import { expect, test } from 'vitest';
import { identity } from './identity';

test('a person is the same with the names the other way round, and another on another day', () => {
  const zoe = identity({ firstName: 'Zoé', lastName: 'Bernard', birthdate: '2012-05-31' });
  expect(identity({ firstName: 'BERNARD', lastName: 'zoe', birthdate: '2012-05-31' })).toBe(zoe);
  expect(identity({ firstName: 'Zoé', lastName: 'Bernard', birthdate: '2012-05-30' })).not.toBe(zoe);
  expect(identity({ firstName: 'Zoéb', lastName: 'Ernard', birthdate: '2012-05-31' })).not.toBe(zoe);
});
