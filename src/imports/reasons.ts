/** The reasons for skipping something, in words for the operator. */
export const reasons = {
  malformed: 'the record is not what this product exports',
  no_account: 'no account at any provider, so the user could not sign in here',
  unknown_connection: 'no connection here has this name: add one, or say --map NAME=ALIAS',
  unusable_subject: 'the id of the account is empty, inexact or cannot be kept',
  unknown_subject: 'the provider knows the account by another id, which the export does not hold',
  user_not_here: 'the record adds to a user who is not here: import the users first',
  several_users:
    'the accounts of this user belong to several users here, and users are not merged automatically: see `symbolon identities mend --merge`',
  holds_role:
    'the user has a role here, and this account would be a further way to sign in: see --change-role-holders',
  account_of_another: 'another user of the export has one of these accounts',
  account_unverified: 'the product has not confirmed that the person has this account',
  deleted: 'the product had deleted the user',
  service_account: 'the account of a service, not of a person',
  blocked_there: 'blocked in the other product, and not disabled here',
  blocked_until: 'blocked in the other product for a time, and disabled here: enable the user when it ends',
  password: 'passwords are not taken: people sign in at their providers',
  passwordless: 'sign-in by e-mail or phone is not taken: people sign in at their providers',
  passkey: 'passkeys are not taken: people sign in at their providers',
  second_factor: 'second factors are not taken: the providers ask for theirs',
  token_encrypted: 'the product has encrypted the token, and no secret of --secret-file opens it',
  token_masked: 'the export hides the token',
  token_unassigned: 'the export does not state to which account or client the token belongs',
  token_needs_ask:
    'nothing confirms yet which id of the account the export holds: run the import again with --ask',
  ask_provider: 'the run would ask the provider about the account or its token',
  provider_unavailable: 'the provider did not answer: run the import again later',
  token_dead: 'the provider does not accept the token any more, or it was refreshed since the export',
  token_ended: 'the token has expired and there is no refresh token',
  token_end_unknown: 'the token expires, and the export does not state when',
  token_of_other_issuer: 'the token was issued by another tenant or server than the connection’s',
  token_of_other_client: 'the token was issued to another client than the connection’s',
  token_of_other_account: 'the token belongs to another account than the one it is stored with',
  token_unusable: 'the token has a form that cannot be sent to the provider',
  token_not_kept: 'the provider’s tokens are of no use to apps and are not kept here',
  stored_is_newer: 'the token that an earlier import stored is newer',
  stored_from_sign_in: 'the person has signed in here, and the token of that sign-in is alive',
  refreshed_here: 'the broker has refreshed the token itself since, and its own is alive',
  stored_is_wider: 'the stored token has scopes that this one lacks, and is alive',
  order_unknown: 'nothing says which of the two imported tokens is newer: say --exported TIME',
  revoked_here: 'the grant was revoked here',
  unlinked_here: 'the account was unlinked here during the import',
} as const;

export type Reason = keyof typeof reasons;

/** Something that was skipped. */
export interface Left {
  readonly user: string;
  readonly connection?: string;
  readonly reason: Reason;
  /** The path of the malformed field, never its value; why an encrypted token stays closed, or why a blocked user stays enabled. */
  readonly detail?: string;
  /** The end of a temporary block, in ISO 8601. */
  readonly until?: string;
}
