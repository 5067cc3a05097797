/** Where people see what is held about them. */
export const ACCOUNT = 'account';
/** Where they change their password; `/.well-known/change-password` leads here, too. */
export const PASSWORD = 'account/password';
/** Where a link is asked for by who has forgotten theirs. */
export const FORGOTTEN = 'account/forgotten';
/** Where the links of letters lead, to who may not be logged in. */
export const NEW_PASSWORD = 'account/new-password';
export const PROOF = 'account/proof';
/** Where somebody who was invited becomes an organiser, once they are logged in. */
export const INVITATION = 'account/invitation';

/** Who has forgotten their password, and where they wanted to log in. */
export interface Asker {
  email: string;
  role: string;
}
