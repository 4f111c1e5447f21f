/** The account of an identity: a subject is unique within its issuer at one connection. */
export interface IdentityKey {
  readonly connectionId: string;
  readonly issuer: string;
  readonly subject: string;
}
