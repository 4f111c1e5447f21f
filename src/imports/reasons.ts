/** Why something was not taken, in words for the operator. */
export const reasons = {
  malformed: 'the record is not what this product exports',
  no_account: 'no account at any provider: such a user could not sign in here',
  unknown_connection: 'no connection here has this name: add one, or say --map NAME=ALIAS',
  unusable_subject: 'the id of the account is empty, inexact or cannot be kept',
  unknown_subject: 'the provider knows the account by another id, which the export does not hold',
  user_not_here: 'the record adds to a user who is not here: import the users first',
  several_users: 'the accounts of this user are of several users here, and nobody is merged unasked',
  account_of_another: 'another user of the export has one of these accounts',
  service_account: 'an account of a machine, not of a person',
  password: 'passwords are not taken: people sign in at their providers',
  passwordless: 'sign-in by e-mail or phone is not taken: people sign in at their providers',
  second_factor: 'second factors are not taken: the providers ask for theirs',
  token_encrypted: 'the token is encrypted by the product that exported it',
  token_ended: 'the token has ended and nothing is there to renew it',
  token_end_unknown: 'the token ends, and the export does not tell when',
  token_of_other_client: 'the token was issued to another client than the connection’s',
  token_of_other_account: 'the token is of another account than the one it stands with',
  token_unusable: 'the token is not one that could be sent to the provider',
  token_not_kept: 'the provider’s tokens are of no use to apps and are not kept here',
} as const;

export type Reason = keyof typeof reasons;

/** Something that was not taken. */
export interface Left {
  readonly user: string;
  readonly connection?: string;
  readonly reason: Reason;
  /** Which part of a record is amiss. Never a value of it. */
  readonly detail?: string;
}
