/** Where a candidate comes in without an account. */
export const PASS = 'candidate/pass';
/** Where a candidate looks again at who they say they are. */
export const CONFIRM = 'candidate/confirm';
