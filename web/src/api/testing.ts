import type { Candidate } from './client';

/** A candidate as nobody has touched them, but for this. */
export function candidate(more: Partial<Candidate>): Candidate {
  return {
    id: '',
    firstName: '',
    lastName: '',
    birthdate: '2012-05-31',
    status: 'enrolled',
    joined: false,
    resumeAuthorised: false,
    overtime: false,
    extraTimePercent: 0,
    extraMinutes: 0,
    ...more,
  };
}
