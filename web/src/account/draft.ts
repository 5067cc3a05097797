/** Who signs up, but for the password; the address is a login's too. */
export interface Draft {
  firstName: string;
  lastName: string;
  email: string;
}
